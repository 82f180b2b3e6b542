"""POST /api/jobs."""

import pytest

from jobs.models import Job
from tests.jobs.work import event_names, reload, run_items

pytestmark = pytest.mark.django_db

KEYS = [
    "id", "kind", "title", "status", "settled", "phase", "phases", "total", "succeeded", "failed", "skipped",
    "remaining", "in_flight", "percent", "rate", "eta_seconds", "error", "created_at", "started_at", "ended_at",
    "cancelled_at", "cancelled_by", "settled_at", "owner",
]  # fmt: skip


def test_a_submit_answers_the_job_with_every_key(as_ana, ana):
    answer = as_ana.send("post", "/api/jobs", {"kind": "counting", "items": 3, "title": "Three"})

    assert answer.status_code == 201
    job = answer.json()
    assert list(job) == KEYS
    assert job == job | {
        "kind": "counting", "title": "Three", "status": "queued", "settled": True, "phase": "process",
        "phases": [{"name": "process", "status": "waiting", "total": 3, "done": 0, "failed": 0}],
        "total": 3, "succeeded": 0, "failed": 0, "skipped": 0, "remaining": 3, "in_flight": 0, "percent": 0.0,
        "rate": 0.0, "eta_seconds": None, "error": "", "started_at": None, "ended_at": None, "cancelled_at": None,
        "cancelled_by": None, "settled_at": None, "owner": "ana",
    }  # fmt: skip
    assert job["created_at"].endswith("+00:00")


def test_an_id_is_a_uuid_of_version_7_and_the_times_have_a_zone(as_ana):
    job = as_ana.send("post", "/api/jobs", {"kind": "counting", "items": 1}).json()

    assert Job.objects.get().uuid.version == 7
    assert job["id"] == str(Job.objects.get().uuid)


def test_what_was_submitted_is_done(as_ana):
    answer = as_ana.send("post", "/api/jobs", {"kind": "counting", "items": 3})
    job = Job.objects.get(uuid=answer.json()["id"])

    run_items(job)

    assert reload(job).status == "completed"
    assert event_names(job)[0] == "submit"


def test_the_history_says_that_a_program_submitted_it(as_ana):
    as_ana.send("post", "/api/jobs", {"kind": "counting", "items": 1})

    event = Job.objects.get().events.get()
    assert (event.event, event.actor, event.door, event.from_status, event.to_status) == (
        "submit", "ana", "api", "", "queued",
    )  # fmt: skip


def test_nobody_submits_nothing(as_nobody):
    answer = as_nobody.send("post", "/api/jobs", {"kind": "counting", "items": 1})

    assert answer.status_code == 401
    assert list(answer.json()) == ["error"]
    assert not Job.objects.exists()


@pytest.mark.parametrize("kind", ["juggle", "", None, 1, [], {}, ["counting"], True])
def test_a_kind_that_does_not_exist_is_refused_with_the_ones_that_do(as_ana, kind):
    answer = as_ana.send("post", "/api/jobs", {"kind": kind, "items": 1})

    assert answer.status_code == 400
    assert "counting" in answer.json()["error"]
    assert list(answer.json()["fields"]) == ["kind"]
    assert not Job.objects.exists()


def test_what_the_kind_refuses_is_told_by_field(as_ana):
    answer = as_ana.send("post", "/api/jobs", {"kind": "counting", "items": 0})

    assert answer.status_code == 400
    assert answer.json() == {
        "error": "items must be a whole number from 1.",
        "fields": {"items": "Must be a whole number from 1."},
    }


@pytest.mark.parametrize("body", [[], "counting", 3, True, [{"kind": "counting"}]])
def test_a_body_that_is_no_object_is_refused(as_ana, body):
    answer = as_ana.send("post", "/api/jobs", body)

    assert (answer.status_code, answer.json()) == (400, {"error": "The body must be a JSON object."})
