"""GET /api/jobs/<id>/events."""

import pytest
from uuid_utils.compat import uuid7

from tests.jobs.work import make_job, run_items, take_turn

pytestmark = pytest.mark.django_db

KEYS = ["at", "event", "from", "to", "actor", "door", "reason", "counts"]
COUNTS = ["total", "succeeded", "failed", "skipped", "remaining", "in_flight"]


def events(client, job):
    answer = client.get(f"/api/jobs/{job.uuid}/events")
    assert answer.status_code == 200, answer.content
    return answer.json()["events"]


def test_the_history_is_told_from_its_beginning_with_every_key(as_ana, ana):
    job = make_job(ana)
    run_items(job)

    told = events(as_ana, job)

    assert [list(event) for event in told] == [KEYS] * 3
    assert [(e["event"], e["from"], e["to"], e["actor"], e["door"]) for e in told] == [
        ("submit", "", "queued", "ana", "api"),
        ("start", "queued", "running", "", "worker"),
        ("finish", "running", "completed", "", "worker"),
    ]
    assert set(told[-1]["counts"]) == set(COUNTS)
    assert told[-1]["counts"]["succeeded"] == 3


def test_a_cancel_is_told_with_how_long_it_took_to_stop(as_ana, ana):
    job = make_job(ana)
    lane = take_turn(job)
    lane.claim(1)
    job.cancel(by=ana, door="page", reason="wrong folder")
    lane.record([], rest=True)

    cancel, settle = events(as_ana, job)[-2:]

    assert (cancel["event"], cancel["door"], cancel["reason"]) == ("cancel", "page", "wrong folder")
    assert cancel["counts"]["in_flight"] == 1
    assert (settle["event"], settle["from"], settle["to"]) == ("settle", "cancelled", "cancelled")
    assert settle["counts"]["stopped_in_seconds"] >= 0


def test_everything_that_happens_has_a_line(as_ana, ana):
    job = make_job(ana, items=2, fail=[1], fail_attempts=1, phases=["process", "classify"])
    run_items(job, items=1)
    job.cancel(by=ana, door="page")
    job.resume(by=ana, door="admin")
    run_items(job)
    job.retry(by=None, door="command", reason="This number cannot be counted.")
    run_items(job)

    told = events(as_ana, job)

    assert [event["event"] for event in told] == [
        "submit", "start", "cancel", "settle", "resume", "start", "phase", "finish", "retry", "start", "phase",
        "finish",
    ]  # fmt: skip
    assert [event["reason"] for event in told if event["event"] in ("phase", "retry")] == [
        "classify", "This number cannot be counted.", "classify",
    ]  # fmt: skip


def test_a_history_is_its_owners_alone(as_ana, as_ben, as_staff, as_nobody, ana):
    path = f"/api/jobs/{make_job(ana).uuid}/events"

    assert [client.get(path).status_code for client in (as_ben, as_staff, as_nobody)] == [404, 404, 401]
    assert as_ana.get(f"/api/jobs/{uuid7()}/events").json() == {"error": "Not found"}
