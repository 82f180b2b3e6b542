"""How jobs end by themselves."""

import pytest

from jobs.models import Item
from jobs.recovery.verify import find_differences
from jobs.work import Outcome
from tests.jobs.work import event_names, make_job, reload, run_items, statuses, take_turn

pytestmark = pytest.mark.django_db


def test_a_job_completes_when_its_last_item_is_done(ana):
    job = make_job(ana, items=5)

    run_items(job)

    job = reload(job)
    assert job.status == "completed"
    assert job.counts.as_dict() == {
        "total": 5, "succeeded": 5, "failed": 0, "skipped": 0, "remaining": 0, "in_flight": 0,
    }  # fmt: skip
    assert job.percent == 100
    assert event_names(job) == ["submit", "start", "finish"]


def test_failed_items_do_not_stop_the_others(ana):
    job = make_job(ana, items=4, fail=[2])

    run_items(job)

    assert reload(job).status == "completed"
    assert statuses(job) == ["succeeded", "failed", "succeeded", "succeeded"]
    assert Item.objects.get(job=job, position=2).error == "This number cannot be counted."


def test_a_job_of_which_nothing_succeeded_has_failed_and_says_so(ana):
    job = make_job(ana, items=2, fail=[1, 2])

    run_items(job)

    assert reload(job).status == "failed"
    assert reload(job).error == "None of the 2 files could be processed."
    assert event_names(job)[-1] == "fail"


def test_an_unexpected_error_fails_that_item_alone(ana, caplog):
    job = make_job(ana, items=3, **{"raise": [3]})

    run_items(job)

    assert statuses(job) == ["succeeded", "succeeded", "failed"]
    assert "ZeroDivisionError" in caplog.text


def test_a_phase_that_breaks_fails_the_job_and_says_so(ana):
    job = make_job(ana, items=3, breaks="process")

    run_items(job)

    assert reload(job).status == "failed"
    assert "process" in reload(job).error
    assert reload(job).counts.in_flight == 0


def test_later_phases_take_only_what_succeeded(ana):
    job = make_job(ana, items=4, fail=[2], phases=["process", "classify", "catalogue"])

    run_items(job)

    job = reload(job)
    assert job.status == "completed"
    phases = [(p.status, p.total, p.succeeded) for p in job.phase_rows]
    assert phases == [("done", 4, 3), ("done", 3, 3), ("done", 1, 1)]
    assert statuses(job, phase=1) == ["succeeded"] * 3


def test_finish_numbers_have_no_gap_and_no_double(ana):
    job = make_job(ana, items=50)

    run_items(job)

    assert sorted(job.items.values_list("finish", flat=True)) == list(range(1, 51))


def test_a_large_selection_is_planned_in_pieces(ana):
    job = make_job(ana, items=4500)

    run_items(job, items=1)
    assert Item.objects.filter(job=job).count() == 2000

    run_items(job)
    assert reload(job).counts.succeeded == 4500


def test_a_phase_that_breaks_takes_back_what_other_workers_have_in_hand(ana):
    job = make_job(ana, items=4)
    other, broken = take_turn(job), take_turn(job)
    (work_in_hand,) = other.claim(1)
    broken.claim(1)

    broken.fail_job("The phase process could not go on.")

    assert not other.record([Outcome(work_in_hand, "succeeded")], rest=True)
    assert reload(job).counts.in_flight == 0
    assert list(find_differences(job)) == []
    job.resume(by=ana, door="page")
    run_items(job)
    assert statuses(job) == ["succeeded"] * 4


def test_a_result_that_no_database_takes_fails_its_item_alone(ana):
    job = make_job(ana, items=3, results=True, not_a_number=[2])

    run_items(job)

    assert statuses(job) == ["succeeded", "failed", "succeeded"]
    item = job.items.get(position=2)
    assert (item.error, item.result) == (
        "What was found in this file contains a number that cannot be stored (infinite or undefined).", None,
    )  # fmt: skip
    assert reload(job).status == "completed"
