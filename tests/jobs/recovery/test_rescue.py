"""Workers that vanish."""

import errno
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import OperationalError, connection, transaction

from jobs import queue
from jobs.clock import database_now
from jobs.models import Job, Lane
from jobs.recovery import loop
from jobs.recovery.rescue import rescue, rescue_lanes, resend_messages
from jobs.work import Outcome
from tests.jobs.kinds import counting
from tests.jobs.work import event_names, make_job, reload, run_items, statuses, take_turn, waiting_lane

pytestmark = pytest.mark.django_db


def fall_silent(lane):
    Lane.objects.filter(pk=lane.pk).update(beat_at=database_now() - timedelta(seconds=10))


def test_items_of_a_lane_that_fell_silent_are_done_by_another(ana):
    job = make_job(ana, items=3)
    lane = take_turn(job)
    lane.claim(2)
    fall_silent(lane)

    rescue_lanes()
    run_items(job)

    assert statuses(job) == ["succeeded"] * 3
    assert "rescue" in event_names(job)


def test_a_lane_that_wakes_up_late_writes_nothing(ana):
    job = make_job(ana, items=2)
    lane = take_turn(job)
    lane.claim(2)
    fall_silent(lane)
    rescue_lanes()

    assert not lane.record([], rest=True)
    assert lane.claim(1) == []
    assert not lane.record_heartbeat()


def test_a_message_that_comes_twice_is_dropped(ana):
    job = make_job(ana)
    lane = take_turn(job)

    assert Lane.take(lane.pk, lane.turn - 1) is None


def test_a_process_that_stands_still_while_it_takes_a_turn_does_not_get_the_turn_of_another(ana):
    job = make_job(ana, items=2)
    waiting = waiting_lane(job)
    others = []

    def stand_still(execute, sql, *args):
        """Between taking the turn and reading the lane: it is rescued, and another process takes the next turn."""
        if sql.startswith("SELECT") and 'FROM "jobs_lane"' in sql and not others:
            others.append(None)
            fall_silent(waiting)
            rescue_lanes()
            others[:] = [Lane.take(waiting.pk, waiting.turn + 2, "other")]
        return execute(sql, *args)

    with connection.execute_wrapper(stand_still):
        lane = Lane.take(waiting.pk, waiting.turn, "test")

    assert (lane.turn, others[0].turn) == (waiting.turn + 1, waiting.turn + 3)
    assert lane.claim(1) == []
    assert len(others[0].claim(1)) == 1


def test_a_file_that_crashes_its_worker_three_times_fails_and_the_batch_goes_on(ana):
    job = make_job(ana, items=2)
    run_items(job, items=1)
    for _ in range(3):
        lane = take_turn(job)
        assert lane.claim(1)
        fall_silent(lane)
        rescue_lanes()
    run_items(job)

    assert statuses(job) == ["succeeded", "failed"]
    assert job.items.get(position=2).error == "This file crashed its worker three times."
    assert reload(job).status == "completed"


def test_a_file_that_crashed_its_worker_is_taken_last_and_alone(ana):
    job = make_job(ana, items=20)
    for _ in range(2):
        lane = take_turn(job)
        lane.claim(1)
        fall_silent(lane)
        rescue_lanes()
    assert list(job.items.filter(crashes=1).values_list("position", flat=True)) == [1, 2]

    lane, claims, works = take_turn(job), [], []
    while works := lane.exchange([Outcome(work, "succeeded") for work in works], 50):
        claims.append([work.position for work in works])

    assert claims[-2:] == [[1], [2]]
    assert max(map(len, claims)) > 1


def test_a_lane_that_beats_after_the_look_of_the_rescuer_keeps_its_items(ana):
    lane = take_turn(make_job(ana))
    lane.claim(1)
    fall_silent(lane)
    (expired,) = Lane.with_expired_lease().select_related("job")

    lane.record_heartbeat()

    assert not expired.rescue()
    assert lane.record([], rest=True)


def test_a_lane_that_has_paused_is_not_handed_over(ana):
    job = make_job(ana)
    lane = take_turn(job)
    lane.claim(1)
    lane.record([], rest=True)

    lane.pause()

    assert not lane.hand_over()
    assert Lane.take(lane.pk, lane.turn, "whom its message reaches")


def test_only_messages_that_the_broker_lacks_are_sent_again(ana, monkeypatch):
    job, sent = make_job(ana, items=9), []
    monkeypatch.setattr(queue, "queue_lengths", lambda: {"fresh": 1, "lanes": 0, "upkeep": 0})
    monkeypatch.setattr(queue, "send", lambda messages, to: sent.extend(messages))
    assert job.lanes.count() == 2
    job.lanes.update(beat_at=database_now() - timedelta(seconds=10))

    resend_messages()

    assert len(sent) == 1


class Steps:
    """A clock that goes on only when somebody sleeps."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_after_a_database_that_was_away_no_lease_is_judged_at_the_first_look(monkeypatch):
    looks, answers = [], ["there", "there", *["away"] * 6, "there", "there", "the end"]

    def look(check_leases):
        answer = answers[len(looks)]
        if answer == "the end":
            raise KeyboardInterrupt
        looks.append((answer, check_leases))
        if answer == "away":
            raise OperationalError("the server is away")

    monkeypatch.setattr(loop, "rescue", look)
    monkeypatch.setattr(loop, "time", Steps())
    monkeypatch.setattr(loop.connection, "close", lambda: None)  # this test's transaction would end with it
    with pytest.raises(KeyboardInterrupt):
        loop.run_rescuer()

    # The first look knows nothing of the time before it either.
    assert [judged for answer, judged in looks if answer == "there"] == [False, True, False, True]


def test_a_lane_that_works_is_left_alone(ana):
    job = make_job(ana)
    lane = take_turn(job)
    lane.claim(1)

    rescue_lanes()

    assert lane.record_heartbeat()


def test_a_cancelled_job_whose_worker_died_settles(ana):
    job = make_job(ana, items=2)
    lane = take_turn(job)
    lane.claim(1)
    job.cancel(by=ana, door="page")
    fall_silent(lane)

    rescue()

    assert reload(job).settled
    assert statuses(job) == ["skipped", "skipped"]


def test_discard_drops_what_was_made_and_a_resume_makes_it_again(ana):
    job = make_job(ana, items=3, results=True)
    run_items(job, items=2)
    job.cancel(by=ana, door="page", discard=True)

    rescue()

    job = reload(job)
    assert (job.settled, job.counts.succeeded, job.counts.skipped) == (True, 0, 3)
    job.resume(by=ana, door="page")
    run_items(job)
    assert reload(job).counts.succeeded == 3


def test_a_cancel_that_discards_settles_a_job_that_had_made_nothing(ana):
    job = make_job(ana)
    job.cancel(by=ana, door="page", discard=True)

    rescue()

    assert reload(job).settled


def test_a_lane_that_cannot_be_rescued_keeps_no_other_from_it(ana, monkeypatch, caplog):
    jobs = [make_job(ana, items=1) for _ in range(2)]
    lanes = [take_turn(job) for job in jobs]
    for lane in lanes:
        lane.claim(1)
        fall_silent(lane)
    usual = Lane.rescue

    def rescue_one(lane):
        if lane.pk == lanes[0].pk:
            raise ValueError("broken")
        return usual(lane)

    monkeypatch.setattr(Lane, "rescue", rescue_one)

    rescue()

    assert [reload(job).counts.in_flight for job in jobs] == [1, 0]
    assert caplog.text.count("ValueError: broken") == 1


def test_what_cannot_be_discarded_keeps_no_other_job_from_coming_to_rest(ana, monkeypatch):
    monkeypatch.setattr(counting, "discard", refuse)
    older, newer = make_job(ana, items=1), make_job(ana, items=2, results=True)
    run_items(newer, items=1)
    newer.cancel(by=ana, door="page", discard=True)
    older.cancel(by=ana, door="page")
    Job.objects.filter(pk=older.pk).update(settled_at=None)
    older.events.filter(event="settle").delete()

    rescue()

    assert [reload(job).settled for job in (older, newer)] == [True, False]
    monkeypatch.undo()
    rescue()
    assert reload(newer).settled


def refuse(*_):
    raise OSError(errno.EROFS, "Read-only file system")


def test_a_job_whose_files_cannot_be_deleted_keeps_no_other_from_being_deleted(ana, monkeypatch):
    jobs = [make_job(ana) for _ in range(2)]
    for job in jobs:
        run_items(job)
        reload(job).remove(by=ana, door="page")
    usual = counting.delete_outputs
    monkeypatch.setattr(
        counting, "delete_outputs", lambda uuid, *rest: refuse() if uuid == str(jobs[0].uuid) else usual(uuid, *rest)
    )

    rescue()

    assert list(Job.everything.all()) == [jobs[0]]
    assert jobs[0].items.count() == 3  # its rows know of the files


def test_a_silent_lane_of_a_deleted_job_is_no_error(ana, monkeypatch, caplog):
    monkeypatch.setattr("jobs.recovery.rescue.clear_removed", lambda: None)
    job = make_job(ana, items=1)
    run_items(job)
    reload(job).remove(by=ana, door="page")
    fall_silent(Lane.objects.first())
    Lane.objects.update(working=True)

    rescue()

    assert "Traceback" not in caplog.text


def test_lanes_that_fell_silent_are_found_by_an_index_of_those_at_work(ana):
    job = make_job(ana)
    Lane.objects.bulk_create(Lane(job=job, run=1, ended=True, beat_at=database_now()) for _ in range(5000))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE jobs_lane, jobs_job")  # as the server does by itself after a while

    assert "working_lanes" in Lane.with_expired_lease().explain()
    assert "working_lanes" in Lane.objects.filter(working=True).order_by().values("pk").explain()


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="elsewhere nobody waits for whoever else writes")
@pytest.mark.django_db(transaction=True)
def test_a_lane_whose_signs_of_life_had_to_wait_for_another_writer_is_not_lost(ana, monkeypatch, broker_in_memory):
    monkeypatch.setattr("jobs.models.lane.LEASE_SECONDS", 1.0)
    job = make_job(ana, items=2)
    lane = take_turn(job)
    lane.claim(1)
    writes, go_on = Event(), Event()

    def write_for_long():
        with transaction.atomic():
            writes.set()
            go_on.wait(10)
            time.sleep(0.3)
        connection.close()

    def leave_a_sign():
        left = lane.record_heartbeat()
        connection.close()
        return left

    with ThreadPoolExecutor(2) as pool:
        other = pool.submit(write_for_long)
        assert writes.wait(10)
        sign = pool.submit(leave_a_sign)
        time.sleep(1.1)
        go_on.set()
        rescue_lanes()
        other.result(10)
        assert sign.result(10)

    assert "rescue" not in event_names(job)
    assert reload(job).counts.in_flight == 1
    assert lane.record([], rest=True)
