"""A commit whose answer is lost: what it wrote is there, and the worker cannot know."""

import pytest
from django.db import OperationalError

from jobs.models import Lane
from jobs.recovery.rescue import rescue_lanes
from jobs.work import Outcome
from jobs.worker.lanes import Turn
from jobs.worker.watcher import Watch
from tests.jobs.kinds import counting
from tests.jobs.recovery.test_rescue import fall_silent
from tests.jobs.work import make_job, reload, run_items, statuses, take_turn

pytestmark = pytest.mark.django_db


@pytest.fixture
def turn(ana, monkeypatch):
    """A turn with two items, the first of which was written by a commit whose answer was lost."""
    counting.discarded.clear()
    lane = take_turn(make_job(ana, items=3))
    turn = Turn(lane, Watch(lane), seconds=1)
    works = [*lane.claim(1), *lane.claim(1)]
    turn.outcomes.append(made(works[0]))
    record = Lane.record

    def record_and_lose(*args, **how):
        assert record(*args, **how)
        raise OperationalError("the connection was lost")

    with monkeypatch.context() as losing:
        losing.setattr(Lane, "record", record_and_lose)
        with pytest.raises(OperationalError):
            turn.flush()
    turn.outcomes.append(made(works[1]))
    return turn


def made(work):
    return Outcome(work, "succeeded", result={"made": work.position})


def test_outcomes_whose_commit_had_no_answer_count_once_and_the_job_goes_on(turn):
    job = turn.lane.job

    assert turn.flush()

    assert (statuses(job)[:2], reload(job).counts.succeeded) == (["succeeded"] * 2, 2)
    assert counting.discarded == []
    turn.lane.pause()
    run_items(job)
    assert (reload(job).status, statuses(job)) == ("completed", ["succeeded"] * 3)
    assert set(job.items.values_list("attempt", flat=True)) == {1}


def test_results_that_were_written_stay_when_the_turn_is_lost(turn):
    job = turn.lane.job
    fall_silent(turn.lane)
    rescue_lanes()

    assert not turn.flush()

    assert counting.discarded == [{"made": 2}]
    run_items(job)
    assert statuses(job) == ["succeeded"] * 3
