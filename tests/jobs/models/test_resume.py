"""Resuming a cancelled job."""

import pytest

from jobs.errors import NotPossible
from jobs.models import Lane
from tests.jobs.work import event_names, make_job, reload, run_items, statuses, take_turn

pytestmark = pytest.mark.django_db


def test_resume_does_exactly_what_is_left(ana):
    job = make_job(ana, items=4, results=True)
    run_items(job, items=2)
    done = dict(job.items.filter(result__isnull=False).values_list("position", "result"))
    job.cancel(by=ana, door="page")

    job.resume(by=ana, door="page")
    run_items(job)

    assert reload(job).status == "completed"
    assert len(done) == 2
    kept = dict(job.items.filter(position__in=done).values_list("position", "result"))
    assert kept == done
    assert reload(job).counts.succeeded == 4


def test_resume_is_refused_until_the_job_has_settled(ana):
    job = make_job(ana, items=2)
    lane = take_turn(job)
    lane.claim(1)
    job.cancel(by=ana, door="page")

    with pytest.raises(NotPossible, match="still stopping"):
        job.resume(by=ana, door="page")


def test_resume_gives_new_task_ids(ana):
    job = make_job(ana)
    before = set(Lane.objects.filter(job=job).values_list("task_id", flat=True))
    job.cancel(by=ana, door="page")

    job.resume(by=ana, door="page")

    after = set(Lane.objects.filter(job=job, run=2).values_list("task_id", flat=True))
    assert after
    assert not before & after


def test_a_lane_of_an_earlier_run_writes_nothing(ana):
    job = make_job(ana, items=2)
    old = take_turn(job)
    works = old.claim(1)
    job.cancel(by=ana, door="page")
    old.record([], started_ids=[works[0].id], rest=True)
    job.resume(by=ana, door="page")

    assert old.claim(1) == []
    assert not old.record([])
    run_items(job)
    assert statuses(job) == ["succeeded", "succeeded"]


def test_times_of_the_cancel_are_gone_after_a_resume_and_the_history_keeps_them(ana):
    job = make_job(ana)
    job.cancel(by=ana, door="page")

    job.resume(by=ana, door="api")

    job = reload(job)
    assert (job.status, job.ended_at, job.cancelled_at, job.settled_at, job.error) == ("queued", None, None, None, "")
    assert event_names(job) == ["submit", "cancel", "settle", "resume"]


def test_a_job_without_anything_left_cannot_be_resumed(ana):
    job = make_job(ana)
    run_items(job)

    with pytest.raises(NotPossible, match="nothing left"):
        job.resume(by=ana, door="page")


def test_resume_goes_on_in_the_phase_that_was_cancelled(ana):
    job = make_job(ana, items=3, phases=["process", "classify", "catalogue"])
    while reload(job).phase_number == 0:
        run_items(job, items=1)
    job.cancel(by=ana, door="page")

    job.resume(by=ana, door="page")
    run_items(job)

    assert reload(job).status == "completed"
    assert list(job.items.filter(phase=0).values_list("attempt", flat=True)) == [1, 1, 1]
    assert statuses(job, phase=1) == ["succeeded"] * 3
