"""POST /api/jobs/<id>/cancel, and the same at /api/cancel/<id>."""

from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from jobs.models import Tally
from jobs.recovery.rescue import discard, rescue
from tests.jobs.work import event_names, make_job, reload, run_items, statuses, take_turn

pytestmark = pytest.mark.django_db

GONE = {"error": "Job not found or already completed"}
ADDRESSES = pytest.mark.parametrize("address", ["/api/jobs/{}/cancel", "/api/cancel/{}"])


@ADDRESSES
def test_a_job_is_cancelled_by_its_owner(as_ana, ana, address):
    job = make_job(ana)

    answer = as_ana.send("post", address.format(job.uuid))

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert reload(job).status == "cancelled"
    event = job.events.get(event="cancel")
    assert (event.actor, event.door) == ("ana", "api")


@ADDRESSES
@pytest.mark.parametrize("kind", ["", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_a_body_is_not_needed_however_nothing_is_sent(as_ana, ana, address, kind):
    job = make_job(ana)
    body = b"--x--\r\n" if "boundary" in kind else b""

    assert as_ana.generic("POST", address.format(job.uuid), body, kind).json() == {"success": True}
    assert reload(job).status == "cancelled"


@ADDRESSES
def test_cancelling_again_is_the_same_answer_and_no_other_event(as_ana, ana, address):
    job = make_job(ana)

    answers = [as_ana.send("post", address.format(job.uuid)) for _ in range(3)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"success": True})] * 3
    assert event_names(job) == ["submit", "cancel", "settle"]


@ADDRESSES
@pytest.mark.parametrize("fail", [[], [1]])
def test_a_job_that_has_completed_or_failed_is_a_400(as_ana, ana, address, fail):
    job = make_job(ana, items=1, fail=fail)
    run_items(job)
    before = reload(job).status

    answer = as_ana.send("post", address.format(job.uuid))

    assert (answer.status_code, answer.json()) == (400, GONE)
    assert reload(job).status == before == ("failed" if fail else "completed")


@ADDRESSES
def test_what_is_missing_not_yours_or_nonsense_is_the_same_400(as_ana, as_ben, as_staff, ana, address):
    job = make_job(ana)

    answers = [client.send("post", address.format(job.uuid)) for client in (as_ben, as_staff)]
    answers += [as_ana.send("post", address.format(name)) for name in (uuid7(), "nonsense", "0", "é", "%20")]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(400, GONE)] * 7
    assert reload(job).status == "queued"


@ADDRESSES
def test_nobody_cancels_nothing(as_nobody, ana, address):
    job = make_job(ana)

    answer = as_nobody.send("post", address.format(job.uuid), {})

    assert (answer.status_code, list(answer.json())) == (401, ["error"])
    assert reload(job).status == "queued"


@ADDRESSES
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_only_post_cancels(as_ana, ana, address, method):
    job = make_job(ana)

    answer = as_ana.send(method, address.format(job.uuid))

    assert (answer.status_code, list(answer.json())) == (405, ["error"])
    assert reload(job).status == "queued"


@ADDRESSES
@pytest.mark.parametrize("name", ["finish", "discard"])
def test_options_are_kept_for_the_workers(as_ana, ana, address, name):
    job = make_job(ana)
    take_turn(job).claim(1)

    assert as_ana.send("post", address.format(job.uuid), {name: True}).status_code == 200

    job = reload(job)
    assert (job.finish_in_hand, job.discard) == (name == "finish", name == "discard")


def test_without_options_files_in_hand_are_stopped_and_what_was_made_stays(as_ana, ana):
    job = make_job(ana, items=3, results=True)
    run_items(job, items=1)
    take_turn(job).claim(1)

    as_ana.send("post", f"/api/jobs/{job.uuid}/cancel", {"finish": False, "discard": False})

    job = reload(job)
    assert (job.finish_in_hand, job.discard) == (False, False)
    assert statuses(job) == ["succeeded", "running", "skipped"]


def test_discard_drops_what_was_made(as_ana, ana):
    job = make_job(ana, items=3, results=True)
    run_items(job, items=2)

    as_ana.send("post", f"/api/jobs/{job.uuid}/cancel", {"discard": True})
    discard(reload(job))

    assert statuses(job) == ["skipped"] * 3
    assert reload(job).settled


@ADDRESSES
def test_what_was_made_can_be_dropped_while_a_cancelled_job_still_stops(as_ana, ana, address):
    job = make_job(ana, items=3, results=True)
    run_items(job, items=2)
    lane = take_turn(job)
    lane.claim(1)
    as_ana.send("post", address.format(job.uuid))

    answer = as_ana.send("post", address.format(job.uuid), {"discard": True})

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert statuses(job) == ["succeeded", "succeeded", "running"]
    lane.record([], rest=True)
    rescue()
    assert statuses(job) == ["skipped"] * 3
    assert event_names(job) == ["submit", "start", "cancel", "cancel", "settle"]


@ADDRESSES
def test_what_was_made_can_be_dropped_after_a_cancelled_job_has_come_to_rest(as_ana, ana, address, tmp_path):
    job = make_job(ana, items=3, folder=str(tmp_path))
    run_items(job, items=2)
    as_ana.send("post", address.format(job.uuid))
    stopped, stops = reload(job).stop_time, Tally.values()
    assert (reload(job).settled, len([*tmp_path.iterdir()])) == (True, 2)

    for _ in range(2):
        assert as_ana.send("post", address.format(job.uuid), {"discard": True}).json() == {"success": True}

    assert not reload(job).settled
    rescue()  # whatever became of the message
    assert reload(job).settled
    assert [*tmp_path.iterdir()] == []
    assert statuses(job) == ["skipped"] * 3
    assert event_names(job) == ["submit", "start", "cancel", "settle", "cancel"]
    last = job.events.last()
    assert (last.actor, last.door, last.reason) == ("ana", "api", "What was made is discarded")
    # How long the stop took was measured when it stopped.
    assert abs(reload(job).stop_time - stopped) < timedelta(seconds=0.1)
    assert Tally.values() == stops
    assert as_ana.send("post", address.format(job.uuid), {"discard": True}).status_code == 200
    assert reload(job).settled


def test_a_job_that_was_resumed_after_all_was_dropped_does_all_of_it(as_ana, ana):
    job = make_job(ana, items=3, results=True, phases=["process", "classify", "catalogue"])
    run_items(job, items=4)
    as_ana.send("post", f"/api/jobs/{job.uuid}/cancel")
    as_ana.send("post", f"/api/jobs/{job.uuid}/cancel", {"discard": True})
    assert as_ana.send("post", f"/api/jobs/{job.uuid}/resume").status_code == 409
    rescue()

    assert as_ana.send("post", f"/api/jobs/{job.uuid}/resume").status_code == 200
    run_items(job)

    assert reload(job).status == "completed"
    assert [phase.succeeded for phase in reload(job).phase_rows] == [3, 3, 1]


@ADDRESSES
@pytest.mark.parametrize("body", [{"finish": "yes"}, {"finish": None}, {"discard": 1}, {"discard": []}, {"finish": {}}])
def test_an_option_that_is_neither_true_nor_false_is_refused(as_ana, ana, address, body):
    job = make_job(ana)
    name = next(iter(body))

    answer = as_ana.send("post", address.format(job.uuid), body)

    assert answer.status_code == 400
    assert answer.json() == {"error": f"{name} must be true or false.", "fields": {name: "Must be true or false."}}
    assert reload(job).status == "queued"


@pytest.mark.parametrize("body", [[], "stop", 7])
def test_a_body_that_is_no_object_is_refused(as_ana, ana, body):
    job = make_job(ana)

    answer = as_ana.send("post", f"/api/jobs/{job.uuid}/cancel", body)

    assert (answer.status_code, answer.json()) == (400, {"error": "The body must be a JSON object."})
    assert reload(job).status == "queued"
