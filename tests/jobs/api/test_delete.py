"""DELETE /api/jobs/<id>."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from jobs import queue
from jobs.clock import database_now
from jobs.models import Attempt, Event, IdempotencyKey, Item, Job, JobPhase, Lane, Pace
from jobs.models.lane import LEASE_SECONDS
from jobs.recovery.rescue import clear_job, rescue, rescue_lanes
from jobs.worker import lanes
from jobs.worker.watcher import Watch
from tests.jobs.kinds import CountPhase, counting
from tests.jobs.work import clear_removed_jobs, make_job, reload, run_items, take_turn, waiting_lane

pytestmark = pytest.mark.django_db


def delete(client, job):
    return client.send("delete", f"/api/jobs/{job.uuid}")


def test_a_job_is_deleted_with_everything_of_it_but_one_line(as_ana, ana):
    job = make_job(ana, items=3, fail=[2], fail_attempts=1)
    run_items(job)
    job.retry(by=ana, door="api")
    run_items(job)

    answer = delete(as_ana, job)

    assert (answer.status_code, answer.content) == (204, b"")
    clear_removed_jobs()
    for model in (Job, JobPhase, Item, Attempt, Lane, Pace):
        assert not model.objects.exists(), model
    event = Event.objects.get()
    assert (event.event, event.job_uuid, event.job_title, event.actor, event.door) == (
        "delete", job.uuid, "3 numbers", "ana", "api",
    )  # fmt: skip
    assert event.counts["succeeded"] == 3


def test_its_outputs_are_deleted_with_it(as_ana, ana):
    job = make_job(ana)
    run_items(job)

    delete(as_ana, job)
    clear_removed_jobs()

    assert counting.forgotten[-1] == str(job.uuid)


def test_outputs_that_nobody_came_to_delete_are_deleted_by_the_rescuer(as_ana, ana):
    job = make_job(ana)
    run_items(job)
    delete(as_ana, job)
    assert str(job.uuid) not in counting.forgotten

    rescue()

    assert counting.forgotten[-1] == str(job.uuid)
    assert not Job.everything.exists()


def test_a_lane_that_finds_its_job_deleted_leaves_nothing_of_it(ana, monkeypatch):
    job = make_job(ana, items=2)
    lane = waiting_lane(job)

    def deleted_meanwhile(*_):
        job.lanes.update(beat_at=database_now() - timedelta(seconds=2 * LEASE_SECONDS))
        rescue_lanes()
        reload(job).cancel(by=ana, door="api")
        reload(job).remove(by=ana, door="api")
        counting.forgotten.clear()

    monkeypatch.setattr(CountPhase, "do", deleted_meanwhile)
    # Without the watcher's thread: it would look past the test's transaction.
    monkeypatch.setattr(lanes.watcher, "watching", lambda lane: nullcontext(Watch(lane)))
    lanes.run_lane(lane.pk, lane.turn, lambda *_: None)

    assert counting.forgotten == [str(job.uuid)]


def test_a_job_submitted_with_a_key_can_be_deleted_and_submitted_anew(as_ana):
    body, key = {"kind": "counting", "items": 1}, {"headers": {"Idempotency-Key": "k"}}
    first = as_ana.send("post", "/api/jobs", body, **key).json()["id"]
    job = Job.objects.get(uuid=first)
    job.cancel(by=None, door="api")

    assert delete(as_ana, job).status_code == 204

    assert not IdempotencyKey.objects.exists()
    assert as_ana.send("post", "/api/jobs", body, **key).json()["id"] != first


@pytest.mark.parametrize("state", ["queued", "running", "stopping"])
def test_a_job_that_has_not_come_to_rest_is_a_409(as_ana, ana, state):
    job = make_job(ana)
    if state != "queued":
        take_turn(job).claim(1)
    if state == "stopping":
        job.cancel(by=ana, door="api")

    answer = delete(as_ana, job)

    assert answer.status_code == 409
    assert answer.json() == {"error": "The job has not ended: cancel it first, then delete it."}
    assert reload(job)


def test_deleting_twice_is_a_404(as_ana, ana):
    job = make_job(ana)
    job.cancel(by=ana, door="api")

    assert [delete(as_ana, job).status_code for _ in range(2)] == [204, 404]


def test_only_the_owner_deletes(as_ana, as_ben, as_staff, as_nobody, ana):
    job = make_job(ana)
    job.cancel(by=ana, door="api")

    assert [delete(client, job).status_code for client in (as_ben, as_staff, as_nobody)] == [404, 404, 401]
    assert as_ana.send("delete", f"/api/jobs/{uuid7()}").json() == {"error": "Not found"}
    assert reload(job)


def test_a_request_deletes_no_file_and_no_row_but_has_a_worker_do_it(as_ana, ana, monkeypatch):
    calls = []
    monkeypatch.setattr(queue, "send_task_after_commit", lambda *call: calls.append(call))
    job = make_job(ana)
    run_items(job)

    delete(as_ana, job)

    assert calls == [("jobs.clear", job.pk)]
    assert (job.items.count(), counting.forgotten.count(str(job.uuid))) == (3, 0)


def test_a_worker_clears_a_large_job_in_slices_and_asks_for_the_next_one(ana, monkeypatch):
    calls = []
    monkeypatch.setattr("jobs.models.clearing.CLEAR_BATCH_SIZE", 4)
    monkeypatch.setattr("jobs.recovery.rescue.CLEAR_SECONDS", -1.0)
    monkeypatch.setattr(queue, "clear_after_commit", calls.append)
    job = make_job(ana, items=10)
    run_items(job)
    reload(job).remove(by=ana, door="api")
    calls.clear()

    clear_job(job.pk)
    assert (calls, Item.objects.count()) == ([job.pk], 10)
    monkeypatch.setattr("jobs.recovery.rescue.CLEAR_SECONDS", 60.0)
    clear_job(job.pk)

    assert (calls, Job.everything.count(), Item.objects.count()) == ([job.pk], 0, 0)
    clear_job(job.pk)  # a message that came twice


def test_a_job_that_was_not_deleted_is_never_cleared(ana):
    job = make_job(ana)
    run_items(job)

    clear_job(job.pk)

    assert reload(job).items.count() == 3


def test_a_large_job_is_gone_at_once_and_its_rows_go_piece_by_piece(as_ana, ana, monkeypatch):
    monkeypatch.setattr("jobs.models.clearing.CLEAR_BATCH_SIZE", 4)
    job = make_job(ana, items=10)
    run_items(job)

    assert delete(as_ana, job).status_code == 204

    assert Item.objects.count() == 10
    for call in (as_ana.send("get", f"/api/jobs/{job.uuid}"), delete(as_ana, job)):
        assert call.status_code == 404
    assert as_ana.send("get", "/api/jobs").json()["results"] == []
    assert as_ana.send("post", f"/api/jobs/{job.uuid}/resume").status_code == 404

    rescue()

    assert not Item.objects.exists()
    assert not Job.everything.exists()
    assert Event.objects.get().event == "delete"
