"""A retry of many failed files puts them back piece by piece; whatever comes in between, it adds up and goes on."""

import pytest

from jobs import queue
from jobs.errors import NotPossible
from jobs.models import Attempt, Item, Lane
from jobs.recovery import requeue, rescue
from jobs.recovery.verify import find_differences
from tests.jobs.work import event_names, make_job, reload, run_items, statuses, waiting_lane

pytestmark = pytest.mark.django_db
CANNOT = "This number cannot be counted."


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """Pieces of two failed files, and no time for a second one: the jobs that a worker is asked to go on with."""
    asked = []
    monkeypatch.setattr("jobs.models.rerun.REQUEUE_BATCH_SIZE", 2)
    monkeypatch.setattr(requeue, "REQUEUE_SECONDS", -1.0)
    monkeypatch.setattr(queue, "requeue_after_commit", asked.append)
    return asked


def failed_job(ana, items=5, **spec):
    job = make_job(ana, items=items, fail=list(range(1, items + 1)), fail_attempts=1, **spec)
    run_items(job)
    return reload(job)


def counts(job):
    counts = reload(job).counts
    return counts.succeeded, counts.failed, counts.remaining


def test_many_failed_files_are_put_back_by_a_worker_and_the_job_reads_queued_until_then(ana, asked):
    job = failed_job(ana)

    job.retry(by=ana, door="page")
    assert (asked, counts(job), reload(job).status, waiting_lane(job)) == ([job.pk], (0, 5, 0), "queued", None)

    for left, come in ((3, False), (1, False), (0, True)):
        requeue.requeue(job.pk)
        assert (counts(job), reload(job).status) == ((0, left, 5 - left), "queued")
        assert (waiting_lane(job) is not None) == come
        assert list(find_differences(reload(job))) == []
    assert asked == [job.pk] * 3
    run_items(job)

    assert (reload(job).status, statuses(job)) == ("completed", ["succeeded"] * 5)
    assert list(Attempt.objects.order_by("item").values_list("item__position", "number", "error")) == [
        (position, 1, CANNOT) for position in range(1, 6)
    ]
    assert (reload(job).retry_pending, event_names(job).count("retry")) == (False, 1)


def test_a_worker_with_time_puts_back_all_of_them(ana, asked, monkeypatch):
    monkeypatch.setattr(requeue, "REQUEUE_SECONDS", 60.0)
    job = failed_job(ana, items=6)
    job.retry(by=ana, door="page")

    requeue.requeue(job.pk)
    requeue.requeue(job.pk)  # a message that came twice

    assert (asked, counts(job), Lane.objects.filter(job=job, run=2).count()) == ([job.pk], (0, 0, 6), 2)


def test_few_failed_files_are_put_back_at_once(ana, asked):
    job = failed_job(ana, items=2)

    job.retry(by=ana, door="page")

    assert (asked, counts(job), reload(job).retry_pending) == ([], (0, 0, 2), False)
    assert waiting_lane(job)


def test_the_rescuer_goes_on_when_nobody_comes(ana, asked):
    job = failed_job(ana)
    job.retry(by=ana, door="page")

    for _ in range(3):
        rescue.rescue()
    run_items(job)

    assert (reload(job).status, asked) == ("completed", [job.pk])


def test_who_dies_in_the_middle_of_a_piece_leaves_it_to_the_next_one(ana, monkeypatch):
    job = failed_job(ana)
    job.retry(by=ana, door="page")
    requeue.requeue(job.pk)
    with monkeypatch.context() as dying:
        dying.setattr("jobs.models.phase.JobPhase.count", lambda self, **counts: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            requeue.requeue(job.pk)
    assert (counts(job), Attempt.objects.count(), list(find_differences(reload(job)))) == ((0, 3, 2), 2, [])

    for _ in range(2):
        rescue.rescue()

    assert (counts(job), Attempt.objects.count()) == ((0, 0, 5), 5)
    assert waiting_lane(job)


def test_a_cancel_in_between_ends_it_and_what_is_left_can_be_retried_or_resumed(ana):
    job = failed_job(ana)
    job.retry(by=ana, door="page")
    requeue.requeue(job.pk)

    reload(job).cancel(by=ana, door="page")
    requeue.requeue(job.pk)
    rescue.rescue()

    assert (reload(job).status, reload(job).settled, reload(job).retry_pending) == ("cancelled", True, False)
    assert statuses(job) == ["skipped"] * 2 + ["failed"] * 3
    reload(job).resume(by=ana, door="page")
    run_items(job)
    assert statuses(job) == ["succeeded"] * 2 + ["failed"] * 3
    reload(job).retry(by=ana, door="page")
    for _ in range(2):
        requeue.requeue(job.pk)
    run_items(job)
    assert statuses(job) == ["succeeded"] * 5


def test_whoever_puts_back_for_a_run_that_is_over_leaves_the_next_one_alone(ana):
    job = failed_job(ana)
    job.retry(by=ana, door="page")
    late = reload(job)
    late.cancel(by=ana, door="page")
    reload(job).retry(by=ana, door="page")

    assert not requeue.requeue_batch(late)

    assert (counts(job), reload(job).run) == ((0, 5, 0), 3)


def test_a_second_request_finds_the_job_queued(ana, asked):
    job = failed_job(ana)
    job.retry(by=ana, door="page")

    for verb in (job.retry, job.resume):
        with pytest.raises(NotPossible, match="The job is queued"):
            verb(by=ana, door="api")

    assert (asked, reload(job).run) == ([job.pk], 2)


def test_no_lane_starts_or_ends_the_job_before_all_are_back(ana):
    job = failed_job(ana, items=4)
    old = Lane.objects.filter(job=job).first()
    Lane.objects.filter(pk=old.pk).update(ended=False)  # as if its last turn had not been told
    reload(job).retry(by=ana, door="page")
    requeue.requeue(job.pk)

    lane = Lane.take(old.pk, old.turn, "of the run before")
    assert lane.exchange([], 10) is None
    rescue.resend_messages()
    rescue.adapt_lanes()
    rescue.wake_postponed()

    assert (reload(job).status, counts(job)) == ("queued", (0, 2, 2))
    assert not Lane.objects.filter(job=job, run=2).exists()


def test_only_files_that_failed_for_the_reason_are_put_back(ana):
    job = make_job(ana, items=6, fail=[1, 3, 5], fail_attempts=1, **{"raise": [2, 4]})
    run_items(job)
    reload(job).retry(by=ana, door="page", reason=CANNOT)

    for _ in range(2):
        requeue.requeue(job.pk)
    assert list(Item.objects.filter(status="waiting").values_list("position", flat=True)) == [1, 3, 5]
    run_items(job)

    assert statuses(job) == ["succeeded", "failed", "succeeded", "failed", "succeeded", "succeeded"]
    assert reload(job).retry_reason == ""


def test_failures_of_a_later_phase_are_put_back_too(ana):
    job = make_job(ana, items=3, phases=["process", "classify"])
    run_items(job)
    job.items.filter(phase=1).update(status="failed", error=CANNOT)
    job.phases.filter(number=1).update(succeeded=0, failed=3)
    reload(job).retry(by=ana, door="page")

    for _ in range(2):
        requeue.requeue(job.pk)
    run_items(job)

    assert [(phase.succeeded, phase.failed) for phase in reload(job).phase_rows] == [(3, 0), (3, 0)]


def test_the_percentage_does_not_sink_while_they_are_put_back(ana):
    job = make_job(ana, items=6, fail=[1, 2, 3], fail_attempts=1)
    run_items(job)
    reload(job).retry(by=ana, door="page")

    seen = [reload(job).percent]
    for _ in range(2):
        requeue.requeue(job.pk)
        seen.append(reload(job).percent)

    assert seen == [50.0] * 3


@pytest.mark.askew
def test_verify_tells_of_a_lane_that_came_before_all_were_back(ana):
    job = failed_job(ana)
    job.retry(by=ana, door="page")
    Lane.add(reload(job), 1)

    assert any("still to be put back" in line for line in find_differences(reload(job)))
