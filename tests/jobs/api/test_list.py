"""GET /api/jobs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.clock import database_now
from jobs.models import Job
from tests.jobs.api.test_submit import KEYS
from tests.jobs.work import make_job, run_items, take_turn

pytestmark = pytest.mark.django_db


def ids(answer):
    return [job["id"] for job in answer.json()["results"]]


def cancelled_in_hand(ana):
    job = make_job(ana, items=2)
    take_turn(job).claim(1)
    job.cancel(by=ana, door="api")
    return job


def test_the_list_has_the_newest_first_and_whole_jobs(as_ana, ana):
    first, second = make_job(ana), make_job(ana)

    answer = as_ana.get("/api/jobs")

    assert answer.status_code == 200
    assert list(answer.json()) == ["next", "previous", "results"]
    assert ids(answer) == [str(second.uuid), str(first.uuid)]
    assert list(answer.json()["results"][0]) == KEYS


def test_everybody_sees_their_own_jobs_alone(as_ana, as_ben, as_staff, ana):
    make_job(ana)

    assert len(ids(as_ana.get("/api/jobs"))) == 1
    assert ids(as_ben.get("/api/jobs")) == ids(as_staff.get("/api/jobs")) == []


def test_nobody_sees_nothing(as_nobody):
    answer = as_nobody.get("/api/jobs")

    assert (answer.status_code, list(answer.json())) == (401, ["error"])


def test_active_jobs_wait_run_or_have_not_settled(as_ana, ana):
    waiting, running, stopping, done, cancelled = (
        make_job(ana), make_job(ana), cancelled_in_hand(ana), make_job(ana), make_job(ana),
    )  # fmt: skip
    run_items(running, items=1)
    run_items(done)
    cancelled.cancel(by=ana, door="api")

    active = ids(as_ana.get("/api/jobs?status=active"))

    assert active == [str(job.uuid) for job in (stopping, running, waiting)]


@pytest.mark.parametrize("status", ["queued", "running", "completed", "failed", "cancelled"])
def test_a_status_narrows_the_list(as_ana, ana, status):
    jobs = {"queued": make_job(ana), "running": make_job(ana), "completed": make_job(ana)}
    jobs |= {"failed": make_job(ana, items=1, fail=[1]), "cancelled": make_job(ana)}
    run_items(jobs["running"], items=1)
    run_items(jobs["completed"])
    run_items(jobs["failed"])
    jobs["cancelled"].cancel(by=ana, door="api")

    assert ids(as_ana.get(f"/api/jobs?status={status}")) == [str(jobs[status].uuid)]


def test_a_kind_narrows_the_list(as_ana, ana):
    make_job(ana)

    assert len(ids(as_ana.get("/api/jobs?kind=counting"))) == 1
    assert ids(as_ana.get("/api/jobs?kind=process")) == []


def test_a_status_that_does_not_exist_is_refused(as_ana):
    answer = as_ana.get("/api/jobs?status=pending")

    assert answer.status_code == 400
    assert answer.json() == {"error": "There is no status 'pending'.", "fields": {"status": "Unknown status."}}


def test_cursors_lead_through_all_jobs_once_while_more_come_in(as_ana, ana):
    jobs = [make_job(ana) for _ in range(5)]
    seen, address = [], "/api/jobs?limit=2"
    while address:
        answer = as_ana.get(address)
        seen += ids(answer)
        make_job(ana)
        address = answer.json()["next"]

    assert seen == [str(job.uuid) for job in reversed(jobs)]


def test_previous_leads_back(as_ana, ana):
    for _ in range(4):
        make_job(ana)
    first = as_ana.get("/api/jobs?limit=2")

    second = as_ana.get(first.json()["next"])

    assert first.json()["previous"] is None
    assert ids(as_ana.get(second.json()["previous"])) == ids(first)


@pytest.mark.askew
def test_a_hundred_jobs_make_a_page(as_ana, ana):
    now = database_now()
    Job.objects.bulk_create(
        Job(kind="counting", title=f"{n}", owner=ana, created_at=now - timedelta(seconds=n)) for n in range(101)
    )
    for job in Job.objects.all():
        job.phases.create(number=0, name="process", total=1)

    answer = as_ana.get("/api/jobs")

    assert len(ids(answer)) == 100
    assert len(ids(as_ana.get(answer.json()["next"]))) == 1


def test_a_longer_list_costs_no_more_queries(as_ana, ana):
    counts = []
    for _ in range(2):
        for _ in range(5):
            make_job(ana)
        with CaptureQueriesContext(connection) as queries:
            as_ana.get("/api/jobs")
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 6


def test_running_jobs_cost_no_query_each(as_ana, ana):
    counts = []
    for _ in range(2):
        for _ in range(3):
            run_items(make_job(ana), items=1)
        with CaptureQueriesContext(connection) as queries:
            as_ana.get("/api/jobs?status=running")
        counts.append(len(queries))

    assert counts[0] == counts[1]
