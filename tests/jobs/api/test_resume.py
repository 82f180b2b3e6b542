"""POST /api/jobs/<id>/resume."""

import pytest
from uuid_utils.compat import uuid7

from tests.jobs.api.test_submit import KEYS
from tests.jobs.work import make_job, reload, run_items, statuses, take_turn

pytestmark = pytest.mark.django_db


def resume(client, job, **extra):
    return client.send("post", f"/api/jobs/{job.uuid}/resume", **extra)


def test_a_cancelled_job_goes_on_and_is_answered(as_ana, ana):
    job = make_job(ana, items=3)
    run_items(job, items=1)
    job.cancel(by=ana, door="api")

    answer = resume(as_ana, job)

    assert answer.status_code == 200
    told = answer.json()
    assert list(told) == KEYS
    assert told == told | {
        "status": "queued", "settled": True, "succeeded": 1, "skipped": 0, "remaining": 2, "error": "",
        "ended_at": None, "cancelled_at": None, "cancelled_by": None, "settled_at": None,
    }  # fmt: skip
    assert (job.events.last().event, job.events.last().actor, job.events.last().door) == ("resume", "ana", "api")
    run_items(job)
    assert statuses(job) == ["succeeded"] * 3


def test_a_body_is_not_needed_and_not_minded(as_ana, ana):
    job = make_job(ana)
    job.cancel(by=ana, door="api")

    assert resume(as_ana, job, body={"anything": 1}).status_code == 200


@pytest.mark.parametrize("begun", [False, True])
def test_a_job_that_is_active_cannot_be_resumed(as_ana, ana, begun):
    job = make_job(ana)
    if begun:
        run_items(job, items=1)

    answer = resume(as_ana, job)

    status = "running" if begun else "queued"
    assert answer.status_code == 409
    assert answer.json() == {"error": f"The job is {status}: it can be resumed when it has ended."}


def test_a_job_that_has_not_settled_cannot_be_resumed(as_ana, ana):
    job = make_job(ana)
    take_turn(job).claim(1)
    job.cancel(by=ana, door="api")

    answer = resume(as_ana, job)

    assert answer.status_code == 409
    assert answer.json() == {"error": "The job is still stopping: it can be resumed in a moment."}


def test_a_job_with_nothing_left_cannot_be_resumed(as_ana, ana):
    job = make_job(ana)
    run_items(job)

    answer = resume(as_ana, job)

    assert (answer.status_code, answer.json()) == (409, {"error": "There is nothing left to do."})
    assert reload(job).status == "completed"


def test_two_resumes_make_one_run(as_ana, ana):
    job = make_job(ana)
    job.cancel(by=ana, door="api")

    assert [resume(as_ana, job).status_code for _ in range(2)] == [200, 409]
    assert reload(job).run == 2


def test_only_the_owner_resumes(as_ana, as_ben, as_staff, as_nobody, ana):
    job = make_job(ana)
    job.cancel(by=ana, door="api")

    assert [resume(client, job).status_code for client in (as_ben, as_staff, as_nobody)] == [404, 404, 401]
    assert as_ana.send("post", f"/api/jobs/{uuid7()}/resume").json() == {"error": "Not found"}
    assert reload(job).status == "cancelled"


def test_only_post_resumes(as_ana, ana):
    job = make_job(ana)
    job.cancel(by=ana, door="api")

    assert as_ana.get(f"/api/jobs/{job.uuid}/resume").status_code == 405
    assert reload(job).status == "cancelled"
