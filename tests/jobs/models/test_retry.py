"""Retrying failed files."""

import pytest

from jobs.errors import NotPossible
from jobs.models import Attempt
from tests.jobs.work import make_job, reload, run_items, statuses

pytestmark = pytest.mark.django_db


def test_retry_does_only_the_failed_files(ana):
    job = make_job(ana, items=4, fail=[2, 3], fail_attempts=1)
    run_items(job)

    job.retry(by=ana, door="page")
    run_items(job)

    assert reload(job).status == "completed"
    assert statuses(job) == ["succeeded"] * 4
    assert list(job.items.order_by("position").values_list("attempt", flat=True)) == [1, 2, 2, 1]


def test_the_earlier_attempt_is_kept(ana):
    job = make_job(ana, items=2, fail=[2], fail_attempts=1)
    run_items(job)

    job.retry(by=ana, door="page")
    run_items(job)

    attempt = Attempt.objects.get(item__job=job)
    assert (attempt.number, attempt.error) == (1, "This number cannot be counted.")


def test_retry_of_a_cancelled_job_leaves_what_was_skipped(ana):
    job = make_job(ana, items=4, fail=[1], fail_attempts=1)
    run_items(job, items=2)
    job.cancel(by=ana, door="page")

    job.retry(by=ana, door="page")
    run_items(job)

    job = reload(job)
    assert (job.status, job.counts.succeeded, job.counts.skipped) == ("completed", 2, 2)


def test_what_a_retry_left_can_still_be_resumed(ana):
    job = make_job(ana, items=4, fail=[1], fail_attempts=1)
    run_items(job, items=2)
    job.cancel(by=ana, door="page")
    job.retry(by=ana, door="page")
    run_items(job)

    job.resume(by=ana, door="page")
    run_items(job)

    assert statuses(job) == ["succeeded"] * 4


def test_retry_by_reason_takes_only_files_that_failed_for_it(ana):
    job = make_job(ana, items=3, fail=[1], **{"raise": [2]})
    run_items(job)

    job.retry(by=ana, door="page", reason="This number cannot be counted.")

    assert job.items.filter(status="waiting").count() == 1


def test_a_job_without_failed_files_cannot_be_retried(ana):
    job = make_job(ana)
    run_items(job)

    with pytest.raises(NotPossible, match="no failed file"):
        job.retry(by=ana, door="page")


def test_a_retry_classifies_what_it_won_and_makes_the_catalogue_anew(ana):
    job = make_job(ana, items=3, fail=[3], fail_attempts=1, phases=["process", "classify", "catalogue"])
    run_items(job)

    job.retry(by=ana, door="page")
    run_items(job)

    phases = [(p.status, p.total, p.succeeded) for p in reload(job).phase_rows]
    assert phases == [("done", 3, 3), ("done", 3, 3), ("done", 1, 1)]
