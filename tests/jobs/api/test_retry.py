"""POST /api/jobs/<id>/retry."""

import pytest
from uuid_utils.compat import uuid7

from tests.jobs.api.test_submit import KEYS
from tests.jobs.work import make_job, reload, run_items, statuses, take_turn

pytestmark = pytest.mark.django_db

CANNOT = "This number cannot be counted."


def retry(client, job, body=None):
    return client.send("post", f"/api/jobs/{job.uuid}/retry", body)


def failed_job(ana, **spec):
    job = make_job(ana, items=3, fail=[2], **{"raise": [3]} | spec)
    run_items(job)
    return job


def test_failed_files_are_done_again_and_the_job_is_answered(as_ana, ana):
    job = failed_job(ana, fail_attempts=1)

    answer = retry(as_ana, job)

    assert answer.status_code == 200
    told = answer.json()
    assert list(told) == KEYS
    assert told == told | {"status": "queued", "succeeded": 1, "failed": 0, "remaining": 2, "ended_at": None}
    assert (job.events.last().event, job.events.last().actor, job.events.last().door) == ("retry", "ana", "api")
    run_items(job)
    assert statuses(job) == ["succeeded", "succeeded", "failed"]


def test_a_reason_limits_it_to_files_that_failed_for_it(as_ana, ana):
    job = failed_job(ana)

    told = retry(as_ana, job, {"reason": CANNOT}).json()

    assert (told["failed"], told["remaining"]) == (1, 1)
    assert job.events.last().reason == CANNOT


def test_a_reason_that_no_file_failed_for_is_a_409(as_ana, ana):
    job = failed_job(ana)

    answer = retry(as_ana, job, {"reason": "Something else."})

    assert (answer.status_code, answer.json()) == (409, {"error": "There is no failed file to retry."})
    assert reload(job).status == "completed"


@pytest.mark.parametrize("reason", [1, None, [], {}, True, ["x"]])
def test_a_reason_is_a_text(as_ana, ana, reason):
    job = failed_job(ana)

    answer = retry(as_ana, job, {"reason": reason})

    assert answer.status_code == 400
    assert answer.json() == {"error": "reason must be a text.", "fields": {"reason": "Must be a text."}}
    assert reload(job).status == "completed"


def test_a_very_long_reason_matches_nothing_and_breaks_nothing(as_ana, ana):
    assert retry(as_ana, failed_job(ana), {"reason": "x" * 100_000}).status_code == 409


def test_a_job_without_failed_files_is_a_409(as_ana, ana):
    job = make_job(ana)
    run_items(job)

    answer = retry(as_ana, job)

    assert (answer.status_code, answer.json()) == (409, {"error": "There is no failed file to retry."})


def test_a_job_that_is_active_or_stopping_is_a_409(as_ana, ana):
    job = make_job(ana, items=3, fail=[1])
    run_items(job, items=1)
    take_turn(job).claim(1)

    assert retry(as_ana, job).json() == {"error": "The job is running: it can be retried when it has ended."}
    job.cancel(by=ana, door="api")
    assert retry(as_ana, job).json() == {"error": "The job is still stopping: it can be retried in a moment."}
    assert retry(as_ana, job).status_code == 409


def test_only_the_owner_retries(as_ana, as_ben, as_staff, as_nobody, ana):
    job = failed_job(ana)

    assert [retry(client, job).status_code for client in (as_ben, as_staff, as_nobody)] == [404, 404, 401]
    assert as_ana.send("post", f"/api/jobs/{uuid7()}/retry").json() == {"error": "Not found"}
    assert reload(job).status == "completed"
