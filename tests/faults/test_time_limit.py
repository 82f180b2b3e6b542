"""A file that takes longer than a file may take."""

import time
from datetime import timedelta

import pytest

from tests.crew import wait_for
from tests.engine.work import fresh, history, make_job

pytestmark = pytest.mark.real
LATE = "This file took longer than 1 s."


@pytest.fixture(autouse=True)
def a_second_a_file(monkeypatch):
    monkeypatch.setenv("STOPBATH_MAX_SECONDS", "1")


def test_a_file_that_takes_too_long_fails_and_the_batch_goes_on(crew, ana):
    crew.worker(1)
    job = make_job(ana, items=6, at={"3": {"seconds": 60}})

    wait_for(lambda: fresh(job).status == "completed", 10)

    late = job.items.get(position=3)
    assert (late.status, late.error, late.attempt, late.crashes) == ("failed", LATE, 1, 0)
    assert timedelta(seconds=1) < late.ended_at - late.started_at < timedelta(seconds=2)
    assert fresh(job).counts.succeeded == 5
    assert "rescue" not in history(job)


def test_one_that_cannot_be_interrupted_fails_the_same_way_and_costs_no_other_job_a_file(crew, ana, ben):
    crew.worker()
    other = make_job(ben, items=100, seconds=0.06)
    wait_for(lambda: fresh(other).counts.succeeded)
    job = make_job(ana, items=4, at={"2": {"deaf": 60}})

    took = wait_for(lambda: fresh(job).status == "completed", 12)
    wait_for(lambda: fresh(other).status == "completed")

    late = job.items.get(position=2)
    assert (late.status, late.error, late.attempt, late.crashes) == ("failed", LATE, 1, 0)
    assert fresh(job).counts.succeeded == 3
    assert "rescue" not in history(job) + history(other)
    assert set(other.items.values_list("attempt", flat=True)) == {1}
    print(f"a deaf file over its limit of 1 s: its job of 4 done after {took:.1f} s")


def test_a_cancel_goes_before_the_limit(crew, ana):
    crew.worker(1)
    job = make_job(ana, items=1, deaf=60)
    wait_for(lambda: fresh(job).counts.in_flight)
    time.sleep(1.5)  # it has been told to stop by now, and is deaf

    job.cancel(by=ana, door="page")
    wait_for(lambda: fresh(job).settled, 5)

    assert fresh(job).counts.skipped == 1
