"""Workers that vanish."""

from datetime import timedelta

import pytest

from jobs.clock import database_now
from jobs.models import Lane
from jobs.rescue import rescue, rescue_lanes
from tests.engine.work import fresh, history, make_job, statuses, take, work

pytestmark = pytest.mark.django_db


def fall_silent(lane):
    Lane.objects.filter(pk=lane.pk).update(beat_at=database_now() - timedelta(seconds=10))


def test_items_of_a_lane_that_fell_silent_are_done_by_another(ana):
    job = make_job(ana, items=3)
    lane = take(job)
    lane.claim(2)
    fall_silent(lane)

    rescue_lanes()
    work(job)

    assert statuses(job) == ["succeeded"] * 3
    assert "rescue" in history(job)


def test_a_lane_that_wakes_up_late_writes_nothing(ana):
    job = make_job(ana, items=2)
    lane = take(job)
    lane.claim(2)
    fall_silent(lane)
    rescue_lanes()

    assert not lane.record([], rest=True)
    assert lane.claim(1) == []
    assert not lane.beat()


def test_a_message_that_comes_twice_is_dropped(ana):
    job = make_job(ana)
    lane = take(job)

    assert Lane.take(lane.pk, lane.turn - 1) is None


def test_a_file_that_crashes_its_worker_three_times_fails_and_the_batch_goes_on(ana):
    job = make_job(ana, items=2)
    work(job, items=1)
    for _ in range(3):
        lane = take(job)
        assert lane.claim(1)
        fall_silent(lane)
        rescue_lanes()
    work(job)

    assert statuses(job) == ["succeeded", "failed"]
    assert job.items.get(position=2).error == "This file crashed its worker three times."
    assert fresh(job).status == "completed"


def test_a_lane_that_works_is_left_alone(ana):
    job = make_job(ana)
    lane = take(job)
    lane.claim(1)

    rescue_lanes()

    assert lane.beat()


def test_a_cancelled_job_whose_worker_died_settles(ana):
    job = make_job(ana, items=2)
    lane = take(job)
    lane.claim(1)
    job.cancel(by=ana, door="page")
    fall_silent(lane)

    rescue()

    assert fresh(job).settled
    assert statuses(job) == ["skipped", "skipped"]


def test_discard_drops_what_was_made_and_a_resume_makes_it_again(ana):
    job = make_job(ana, items=3, results=True)
    work(job, items=2)
    job.cancel(by=ana, door="page", discard=True)

    rescue()

    job = fresh(job)
    assert (job.settled, job.counts.succeeded, job.counts.skipped) == (True, 0, 3)
    job.resume(by=ana, door="page")
    work(job)
    assert fresh(job).counts.succeeded == 3
