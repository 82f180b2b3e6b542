"""How far a job is, in percent."""

from itertools import pairwise

import pytest
from django.contrib.auth import get_user_model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs import states
from jobs.clock import database_now
from jobs.work import Outcome
from tests.jobs.work import make_job, reload, take_turn, waiting_lane

pytestmark = pytest.mark.django_db

PHASES = [["process"], ["process", "classify"], ["process", "catalogue"], ["process", "classify", "catalogue"]]


def percents(job, chance):
    """What is told after every claim and every outcome, until the job has ended."""
    yield reload(job).percent
    while waiting_lane(job):
        lane = take_turn(job)
        for work in lane.claim(chance(st.integers(1, 3))):
            yield reload(job).percent
            now = database_now()
            status = states.FAILED if chance(st.booleans()) else states.SUCCEEDED
            lane.record([Outcome(work, status, now, now)])
            yield reload(job).percent
        lane.pause()


@given(
    items=st.integers(1, 6), pieces=st.integers(1, 9), phases=st.sampled_from(PHASES), resumed=st.booleans(),
    data=st.data(),
)  # fmt: skip
@settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_a_job_that_goes_forward_never_goes_back(ana, items, pieces, phases, resumed, data):
    job = make_job(get_user_model().objects.get(), items=items, pieces=pieces, phases=phases)
    if resumed:
        lane = take_turn(job)
        now = database_now()
        lane.record([Outcome(work, states.SUCCEEDED, now, now) for work in lane.claim(items)[:1]], rest=True)
        reload(job).cancel(by=ana, door="api")
        if not reload(job).can_resume:
            return
        reload(job).resume(by=ana, door="api")

    told = list(percents(job, data.draw))

    assert [pair for pair in pairwise(told) if pair[1] < pair[0]] == []
    assert all(0 <= percent <= 100 for percent in told)
    if items > 1:  # between the first outcome and the last it is neither at the beginning nor at the end
        assert any(0 < percent < 100 for percent in told)
    if reload(job).status == states.COMPLETED:
        assert reload(job).percent == 100
