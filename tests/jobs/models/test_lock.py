"""Each verb begins while another one is not committed yet: it waits for it, and decides by what that one left.

Without the lock of the job's row every one of these would decide by what was true before.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from jobs.clock import database_now
from jobs.errors import NotPossible
from jobs.models import Attempt, Item, Job, Lane, clearing
from jobs.models.lane import LEASE_SECONDS
from jobs.recovery import rescue
from jobs.recovery.requeue import requeue_batch
from jobs.recovery.verify import find_differences
from jobs.work import Outcome
from tests.jobs.kinds import counting
from tests.jobs.work import event_names, make_job, reload, run_items, take_turn

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.usefixtures("broker_in_memory"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL locks rows"),
]


def during[T](first: Callable[[], Any], verb: Callable[[], T], begun: Event | None = None) -> T:
    """What a verb comes to that begins, on a connection of its own, when the first is done but not committed.

    With `begun` it has begun before: the first is done as soon as that is set.
    """
    with ThreadPoolExecutor(1) as pool:
        try:
            there = pool.submit(own_number).result()
            early = pool.submit(verb) if begun else None
            assert begun is None or begun.wait(10)
            with transaction.atomic():
                first()
                coming = early or pool.submit(verb)
                until = time.monotonic() + 10
                while not (coming.done() or waits(there)):
                    assert time.monotonic() < until, "it neither waits nor ends"
                    time.sleep(0.005)
            return coming.result(10)
        finally:
            pool.submit(lambda: connection.close()).result()  # its own, not this thread's


def own_number() -> int:
    """The number of the server process behind this thread's connection."""
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def waits(number: int) -> bool:
    """Whether that process waits for a lock of ours."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid() = ANY(pg_blocking_pids(%s))", [number])
        return bool(cursor.fetchone()[0])


def in_hand(job: Job, status: str = "succeeded") -> tuple[Lane, Outcome]:
    """A lane with one item, and what will have become of it."""
    lane = take_turn(job)
    (item,) = lane.claim(1)
    now = database_now()
    return lane, Outcome(item, status, now, now)


def adds_up(job: Job) -> bool:
    """Whether counters and items agree, and finish numbers are given once each."""
    numbers = sorted(job.items.filter(finish__isnull=False).values_list("finish", flat=True))
    return list(find_differences(reload(job))) == [] and numbers == list(range(1, reload(job).finished + 1))


def test_the_last_item_closes_the_job_by_what_the_one_before_it_came_to(ana):
    job = make_job(ana, items=2)
    (first, good), (last, bad) = in_hand(job), in_hand(job, "failed")

    during(lambda: first.exchange([good], 1), lambda: last.exchange([bad], 1))

    assert reload(job).status == "completed"
    assert event_names(job) == ["submit", "start", "finish"]
    assert adds_up(job)


def test_the_last_item_of_a_phase_opens_the_next_by_what_the_one_before_it_came_to(ana):
    job = make_job(ana, items=2, phases=["process", "classify"])
    (first, good), (last, bad) = in_hand(job), in_hand(job, "failed")

    (work,) = during(lambda: first.exchange([good], 1), lambda: last.exchange([bad], 1))

    assert (work.position, reload(job).current_phase.name) == (1, "classify")
    assert event_names(job) == ["submit", "start", "phase"]


def test_outcomes_that_are_written_at_once_are_numbered_one_after_the_other(ana):
    job = make_job(ana, items=3)
    (first, one), (second, other) = in_hand(job), in_hand(job)

    during(lambda: first.record([one]), lambda: second.record([other]))

    assert adds_up(job)


def test_a_cancel_finds_the_phase_that_has_just_begun(ana):
    job = make_job(ana, items=1, phases=["process", "classify"])
    lane, outcome = in_hand(job)

    assert during(lambda: lane.exchange([outcome], 1), lambda: job.cancel(by=ana, door="api"))

    assert job.events.get(event="cancel").reason == "In phase classify"
    assert not reload(job).settled


def test_a_cancel_after_a_cancel_is_no_error(ana):
    job = make_job(ana)

    assert during(lambda: job.cancel(by=ana, door="api"), lambda: job.cancel(by=ana, door="api")) is False

    assert event_names(job) == ["submit", "cancel", "settle"]


def test_a_cancel_after_the_end_is_refused(ana):
    job = make_job(ana, items=1)
    lane, outcome = in_hand(job)

    with pytest.raises(NotPossible, match="A job that is completed cannot be cancelled"):
        during(lambda: lane.exchange([outcome], 1), lambda: job.cancel(by=ana, door="api"))

    assert event_names(job) == ["submit", "start", "finish"]


def test_a_resume_never_uses_the_number_of_another_run(ana):
    job = make_job(ana)
    job.cancel(by=ana, door="api")

    def resumed_and_cancelled() -> None:
        reload(job).resume(by=ana, door="page")
        reload(job).cancel(by=ana, door="page")

    during(resumed_and_cancelled, lambda: job.resume(by=ana, door="api"))

    assert reload(job).run == 3


def test_a_resume_after_a_resume_is_refused(ana):
    job = make_job(ana)
    job.cancel(by=ana, door="api")

    with pytest.raises(NotPossible, match="The job is queued"):
        during(lambda: job.resume(by=ana, door="page"), lambda: job.resume(by=ana, door="api"))

    assert event_names(job).count("resume") == 1


def test_a_retry_finds_nothing_that_another_has_put_back(ana):
    job = make_job(ana, items=2, fail=[1])
    run_items(job)

    def retried_and_cancelled() -> None:
        reload(job).retry(by=ana, door="page")
        reload(job).cancel(by=ana, door="page")

    with pytest.raises(NotPossible, match="no failed file"):
        during(retried_and_cancelled, lambda: job.retry(by=ana, door="api"))

    assert reload(job).run == 2
    assert Attempt.objects.count() == 1


def test_two_who_put_failed_items_back_at_once_put_back_each_of_them_once(ana, monkeypatch):
    monkeypatch.setattr("jobs.models.rerun.REQUEUE_BATCH_SIZE", 2)
    job = make_job(ana, items=5, fail=[1, 2, 3, 4, 5])
    run_items(job)
    reload(job).retry(by=ana, door="page")

    assert during(lambda: requeue_batch(reload(job)), lambda: requeue_batch(reload(job)))

    assert (Attempt.objects.count(), job.items.waiting().count(), reload(job).counts.failed) == (4, 4, 1)
    assert not Lane.objects.filter(job=job, run=2).exists()


def test_no_failed_item_is_put_back_once_the_retry_has_just_been_cancelled(ana, monkeypatch):
    monkeypatch.setattr("jobs.models.rerun.REQUEUE_BATCH_SIZE", 2)
    job = make_job(ana, items=5, fail=[1, 2, 3, 4, 5])
    run_items(job)
    reload(job).retry(by=ana, door="page")
    retried = reload(job)

    assert not during(lambda: reload(job).cancel(by=ana, door="page"), lambda: requeue_batch(retried))

    assert (reload(job).status, job.items.waiting().count()) == ("cancelled", 0)


def test_a_delete_leaves_a_job_that_has_just_been_resumed(ana):
    job = make_job(ana)
    job.cancel(by=ana, door="api")

    with pytest.raises(NotPossible, match="has not ended"):
        during(lambda: reload(job).resume(by=ana, door="page"), lambda: job.remove(by=ana, door="api"))

    assert reload(job).status == "queued"


def test_two_who_delete_the_rows_of_a_job_at_once_delete_them_all(ana, monkeypatch):
    monkeypatch.setattr(clearing, "CLEAR_BATCH_SIZE", 2)
    job = make_job(ana, items=6, fail=[1, 2, 3, 4, 5, 6])
    run_items(job)
    reload(job).retry(by=ana, door="api")
    run_items(job)
    reload(job).remove(by=ana, door="api")
    assert Attempt.objects.count() == 6

    during(lambda: clearing.clear_batch(job), lambda: job.clear(seconds=5))

    assert not Item.objects.exists()
    assert not Job.everything.exists()


def silent(lane: Lane) -> None:
    Lane.objects.filter(pk=lane.pk).update(beat_at=database_now() - timedelta(seconds=2 * LEASE_SECONDS))


def test_the_rescuer_leaves_a_lane_that_has_just_given_a_sign_of_life(ana):
    job = make_job(ana, items=2)
    lane, outcome = in_hand(job)
    silent(lane)

    def wake_up() -> None:
        lane.record([outcome])
        lane.record_heartbeat()

    assert during(wake_up, fresh_lane(lane).rescue) is False

    assert event_names(job) == ["submit", "start"]
    assert Attempt.objects.count() == 0


def test_the_rescuer_robs_no_lane_that_gives_a_sign_of_life_while_it_looks(ana):
    job = make_job(ana, items=1)
    lane, outcome = in_hand(job)
    silent(lane)
    beats = []

    def beat_first(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        """A heartbeat that commits after all that the rescuer has read, and before it writes to the lane."""
        if sql.startswith('UPDATE "jobs_lane"') and not beats:
            with ThreadPoolExecutor(1) as pool:
                beats.append(pool.submit(lane.record_heartbeat).result(10))
                pool.submit(lambda: connection.close()).result()
        return execute(sql, *args)

    with connection.execute_wrapper(beat_first):
        assert fresh_lane(lane).rescue() is False

    assert beats == [True]
    assert event_names(job) == ["submit", "start"]
    assert job.items.get().crashes == 0
    assert lane.record([outcome])
    assert adds_up(job)


def test_a_lane_that_has_just_been_rescued_takes_no_items(ana):
    job = make_job(ana, items=2)
    lane, _ = in_hand(job)
    silent(lane)

    assert during(fresh_lane(lane).rescue, lambda: lane.exchange([], 1)) is None

    assert not job.items.running().exists()


def fresh_lane(lane: Lane) -> Lane:
    return Lane.objects.select_related("job").get(pk=lane.pk)


def test_the_rescuer_settles_a_job_that_has_just_been_cancelled(ana):
    job = make_job(ana, items=2)
    lane, _ = in_hand(job)
    silent(lane)

    assert during(lambda: job.cancel(by=ana, door="api"), fresh_lane(lane).rescue)

    assert reload(job).settled
    assert Lane.objects.get(pk=lane.pk).ended


def test_a_lane_that_is_handed_on_settles_a_job_that_has_just_been_cancelled(ana):
    job = make_job(ana)
    lane, _ = in_hand(job)

    assert during(lambda: job.cancel(by=ana, door="api"), fresh_lane(lane).hand_over)

    assert reload(job).settled


def test_a_phase_that_breaks_after_a_cancel_settles_the_job(ana):
    job = make_job(ana)
    lane, _ = in_hand(job)

    during(lambda: job.cancel(by=ana, door="api"), lambda: lane.fail_job("It broke."))

    assert (reload(job).status, reload(job).settled) == ("cancelled", True)


def test_the_rescuer_settles_a_job_once(ana):
    job = make_job(ana)
    job.cancel(by=ana, door="api")
    job.events.filter(event="settle").delete()  # as if whoever came last had been killed before
    Job.objects.filter(pk=job.pk).update(settled_at=None)

    during(rescue.settle_jobs, rescue.settle_jobs)

    assert event_names(job).count("settle") == 1


def test_the_rescuer_wakes_no_lane_of_a_job_that_has_just_been_cancelled(ana):
    job = make_job(ana, items=1)
    take_turn(job).end()
    Lane.objects.filter(job=job).update(ended=True)
    Item.objects.bulk_create([Item(job=job, phase=0, position=1, not_before=database_now() - timedelta(seconds=1))])
    job.phases.update(planned=1)

    during(lambda: job.cancel(by=ana, door="api"), rescue.wake_postponed)

    assert not Lane.objects.filter(ended=False).exists()


def test_the_rescuer_gives_no_lane_to_a_job_that_has_just_been_cancelled(ana):
    job = make_job(ana, items=9)
    in_hand(job)
    Lane.objects.filter(job=job, working=False).delete()

    during(lambda: job.cancel(by=ana, door="api"), rescue.adapt_lanes)

    assert not Lane.objects.filter(working=False).exists()


@pytest.fixture
def discarding(ana: Any) -> Job:
    """A cancelled job whose one result is still to be dropped."""
    job = make_job(ana, items=2, results=True)
    run_items(job, items=1)
    job.cancel(by=ana, door="api", discard=True)
    return reload(job)


def discarded_and_resumed(job: Job, ana: Any) -> Callable[[], None]:
    """What another worker and a person do meanwhile."""

    def both() -> None:
        rescue.discard(job)
        reload(job).resume(by=ana, door="page")

    return both


def test_what_a_job_made_is_not_dropped_after_it_was_resumed(ana, discarding):
    counting.discarded.clear()

    during(discarded_and_resumed(discarding, ana), lambda: rescue.discard(discarding))

    assert len(counting.discarded) == 1  # by the first of them


def test_what_was_dropped_is_taken_out_of_the_counters_once(ana, discarding, monkeypatch):
    dropping, go_on = Event(), Event()

    def drop(results: Any) -> None:
        if not dropping.is_set():
            dropping.set()
            go_on.wait(10)

    def first() -> None:
        discarded_and_resumed(discarding, ana)()
        go_on.set()

    monkeypatch.setattr(counting, "discard", drop)
    during(first, lambda: rescue.discard(discarding), begun=dropping)

    assert reload(discarding).status == "queued"
    assert list(find_differences(reload(discarding))) == []
