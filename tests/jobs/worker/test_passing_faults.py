"""Faults that pass by themselves are tried again after a while, without anybody waiting for them."""

from datetime import timedelta

import pytest

from jobs.clock import database_now
from jobs.models import Item
from jobs.recovery.rescue import rescue, wake_postponed
from jobs.recovery.verify import find_differences
from jobs.worker.lanes import MAX_RETRY_SECONDS, RETRY_SECONDS
from tests.jobs.work import make_job, reload, run_items, statuses

pytestmark = pytest.mark.django_db


def time_passes(job):
    """Its time comes for whatever waits."""
    Item.objects.postponed().filter(job=job).update(not_before=database_now() - timedelta(seconds=1))
    wake_postponed()


def test_a_file_that_met_a_passing_fault_is_done_when_its_time_comes(ana):
    job = make_job(ana, items=3, passing=[2], fail_attempts=1)
    run_items(job)
    assert statuses(job) == ["succeeded", "waiting", "succeeded"]
    assert reload(job).status == "running"

    time_passes(job)
    run_items(job)

    assert statuses(job) == ["succeeded"] * 3
    assert reload(job).status == "completed"
    assert [one.error for one in Item.objects.get(job=job, position=2).attempts.all()] == ["The storage is away."]
    assert list(find_differences(job)) == []


def test_nothing_comes_for_it_before_its_time(ana):
    job = make_job(ana, items=1, passing=[1], fail_attempts=1)
    run_items(job)

    rescue()
    run_items(job)

    assert statuses(job) == ["waiting"]


def test_the_waits_grow_and_then_the_file_has_failed(ana):
    job = make_job(ana, items=2, passing=[1])
    waits = []
    run_items(job)
    while item := Item.objects.postponed().filter(job=job).first():
        waits.append((item.not_before - item.attempts.last().ended_at).total_seconds())
        time_passes(job)
        run_items(job)

    assert waits == pytest.approx(RETRY_SECONDS, abs=0.5)
    assert statuses(job) == ["failed", "succeeded"]
    assert reload(job).items.get(position=1).error == "The storage is away."
    assert reload(job).items.get(position=1).attempts.count() == len(RETRY_SECONDS)
    assert list(find_differences(job)) == []


@pytest.mark.parametrize(("asked", "waited"), [(30, 30), (0.1, RETRY_SECONDS[0]), (86_400, MAX_RETRY_SECONDS)])
def test_it_waits_as_long_as_it_was_asked_to_within_reason(ana, asked, waited):
    job = make_job(ana, items=1, passing=[1], fail_attempts=1, asked=asked)
    run_items(job)

    item = Item.objects.get(job=job)
    assert (item.not_before - item.attempts.get().ended_at).total_seconds() == pytest.approx(waited, abs=0.5)


def test_a_cancel_ends_the_wait_and_a_resume_does_the_file_at_once(ana):
    job = make_job(ana, items=2, passing=[1], fail_attempts=1)
    run_items(job)

    job.cancel(by=ana, door="api")
    assert reload(job).settled
    time_passes(job)
    assert statuses(job) == ["skipped", "succeeded"]

    reload(job).resume(by=ana, door="api")
    run_items(job)
    assert statuses(job) == ["succeeded", "succeeded"]
    assert list(find_differences(job)) == []


def test_a_later_phase_waits_for_it(ana):
    job = make_job(ana, items=2, passing=[1], fail_attempts=1, phases=["process", "classify"])
    run_items(job)
    assert reload(job).current_phase.name == "process"

    time_passes(job)
    run_items(job)

    assert reload(job).status == "completed"
    assert statuses(job, phase=1) == ["succeeded", "succeeded"]


def test_a_retry_by_a_person_begins_the_waits_anew(ana):
    job = make_job(ana, items=2, passing=[1], fail_attempts=len(RETRY_SECONDS) + 2)
    run_items(job)
    while Item.objects.postponed().filter(job=job).exists():
        time_passes(job)
        run_items(job)
    assert statuses(job) == ["failed", "succeeded"]

    reload(job).retry(by=ana, door="api")
    run_items(job)
    time_passes(job)
    run_items(job)

    assert statuses(job) == ["succeeded", "succeeded"]
