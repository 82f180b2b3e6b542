"""How jobs end by themselves."""

import pytest

from jobs.models import Item
from jobs.recovery.verify import differences
from jobs.work import Outcome
from tests.jobs.work import fresh, history, make_job, statuses, take, work

pytestmark = pytest.mark.django_db


def test_a_job_completes_when_its_last_item_is_done(ana):
    job = make_job(ana, items=5)

    work(job)

    job = fresh(job)
    assert job.status == "completed"
    assert job.counts.as_dict() == {
        "total": 5, "succeeded": 5, "failed": 0, "skipped": 0, "remaining": 0, "in_flight": 0,
    }  # fmt: skip
    assert job.percent == 100
    assert history(job) == ["submit", "start", "finish"]


def test_failed_items_do_not_stop_the_others(ana):
    job = make_job(ana, items=4, fail=[2])

    work(job)

    assert fresh(job).status == "completed"
    assert statuses(job) == ["succeeded", "failed", "succeeded", "succeeded"]
    assert Item.objects.get(job=job, position=2).error == "This number cannot be counted."


def test_a_job_of_which_nothing_succeeded_has_failed_and_says_so(ana):
    job = make_job(ana, items=2, fail=[1, 2])

    work(job)

    assert fresh(job).status == "failed"
    assert fresh(job).error == "None of the 2 files could be processed."
    assert history(job)[-1] == "fail"


def test_an_unexpected_error_fails_that_item_alone(ana, caplog):
    job = make_job(ana, items=3, **{"raise": [3]})

    work(job)

    assert statuses(job) == ["succeeded", "succeeded", "failed"]
    assert "ZeroDivisionError" in caplog.text


def test_a_phase_that_breaks_fails_the_job_and_says_so(ana):
    job = make_job(ana, items=3, breaks="process")

    work(job)

    assert fresh(job).status == "failed"
    assert "process" in fresh(job).error
    assert fresh(job).counts.in_flight == 0


def test_later_phases_take_only_what_succeeded(ana):
    job = make_job(ana, items=4, fail=[2], phases=["process", "classify", "catalogue"])

    work(job)

    job = fresh(job)
    assert job.status == "completed"
    phases = [(p.status, p.total, p.succeeded) for p in job.phase_rows]
    assert phases == [("done", 4, 3), ("done", 3, 3), ("done", 1, 1)]
    assert statuses(job, phase=1) == ["succeeded"] * 3


def test_finish_numbers_have_no_gap_and_no_double(ana):
    job = make_job(ana, items=50)

    work(job)

    assert sorted(job.items.values_list("finish", flat=True)) == list(range(1, 51))


def test_a_large_selection_is_planned_in_pieces(ana):
    job = make_job(ana, items=4500)

    work(job, items=1)
    assert Item.objects.filter(job=job).count() == 2000

    work(job)
    assert fresh(job).counts.succeeded == 4500


def test_a_phase_that_breaks_takes_back_what_other_workers_have_in_hand(ana):
    job = make_job(ana, items=4)
    other, broken = take(job), take(job)
    (work_in_hand,) = other.claim(1)
    broken.claim(1)

    broken.fail_job("The phase process could not go on.")

    assert not other.record([Outcome(work_in_hand, "succeeded")], rest=True)
    assert fresh(job).counts.in_flight == 0
    assert list(differences(job)) == []
    job.resume(by=ana, door="page")
    work(job)
    assert statuses(job) == ["succeeded"] * 4


def test_a_result_that_no_database_takes_fails_its_item_alone(ana):
    job = make_job(ana, items=3, results=True, not_a_number=[2])

    work(job)

    assert statuses(job) == ["succeeded", "failed", "succeeded"]
    item = job.items.get(position=2)
    assert (item.error, item.result) == (
        "What was found in this file contains a number that cannot be stored (infinite or undefined).", None,
    )  # fmt: skip
    assert fresh(job).status == "completed"
