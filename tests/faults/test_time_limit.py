"""A file that takes longer than a file may take."""

from datetime import timedelta

import pytest

from tests.crew import MAX_STOP_TIME, wait_for
from tests.jobs.work import event_names, make_job, reload

pytestmark = pytest.mark.real
LATE = "This file took longer than 1 s."


@pytest.fixture(autouse=True)
def a_second_a_file(monkeypatch):
    monkeypatch.setenv("STOPBATH_MAX_SECONDS", "1")


def test_files_that_take_too_long_fail_and_the_batch_goes_on(crew, ana, ben):
    """One that can be interrupted, and one that costs its own process its life but no other job a file."""
    crew.worker()
    other = make_job(ben, items=100, seconds=0.06)
    wait_for(lambda: reload(other).counts.succeeded)
    job = make_job(ana, items=5, at={"2": {"deaf": 60}, "3": {"seconds": 60}})

    took = wait_for(lambda: reload(job).status == "completed", 15)
    wait_for(lambda: reload(other).status == "completed")

    for late in job.items.filter(position__in=(2, 3)):
        assert (late.status, late.error, late.attempt, late.crashes) == ("failed", LATE, 1, 0)
        assert timedelta(seconds=1) < late.ended_at - late.started_at < timedelta(seconds=4) + MAX_STOP_TIME
    assert reload(job).counts.succeeded == 3
    assert "rescue" not in event_names(job) + event_names(other)
    assert set(other.items.values_list("attempt", flat=True)) == {1}
    print(f"a deaf file and a long one, both over their limit of 1 s: a job of 5 done after {took:.1f} s")
