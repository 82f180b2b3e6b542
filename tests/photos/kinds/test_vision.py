"""Classifying with the operator's vision model."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import pyvips
from django.test import Client

from jobs.models import Job
from jobs.recovery.rescue import rescue
from jobs.stop import Stop, Stopped
from photos.kinds import vision
from photos.kinds.classify import ClassifyPhase
from photos.models import Classification, Photo, VisionCall
from photos.models.vision import count_calls
from tests.jobs.work import clear_removed_jobs, reload, run_items, take_turn
from tests.photos.classification.pictures import landscape
from tests.photos.kinds.test_processing import submit_job
from tests.vision_server import VisionServer

Add = Callable[..., Photo]


@pytest.fixture(autouse=True)
def forgetful() -> None:
    """Forget the response formats of the servers of other tests."""
    vision.response_formats.clear()


@pytest.fixture
def use(settings: Any, vision_server: VisionServer) -> Callable[[str], None]:
    """A function that sets the endpoint to a server in that mode."""

    def set_endpoint(mode: str) -> None:
        settings.STOPBATH_VISION_URL = vision_server.url(mode)
        settings.STOPBATH_VISION_MODEL = "a-model"

    return set_endpoint


def classify(client: Client) -> Job:
    job = submit_job(client, steps=[], classify=True)
    run_items(job)
    return reload(job)


def outcomes() -> list[str]:
    return list(VisionCall.objects.order_by("pk").values_list("outcome", flat=True))


def test_the_model_names_the_category_and_what_it_cost_is_kept(as_ana: Client, add: Add, use: Any) -> None:
    use("quick")
    photo = add()

    job = classify(as_ana)

    assert as_ana.get(f"/api/photos/{photo.uuid}").json()["category"] == "dogs"
    row = Classification.objects.get()
    assert (row.classifier, row.version, row.category, row.score) == ("vision", "a-model", "dogs", 0.9)
    assert row.attributes["palette"]
    assert count_calls(job) == {
        "finished": 1, "aborted": 0, "failed": 0, "under_way": 0, "never_sent": 0, "tokens_in": 1000, "tokens_out": 12,
    }  # fmt: skip


def test_what_is_sent_is_small_and_says_nothing_of_camera_or_place(
    as_ana: Client, add: Add, use: Any, vision_server: VisionServer, tmp_path: Any
) -> None:
    use("quick")
    source = pyvips.Image.new_from_file(str(landscape(tmp_path / "a.jpg", 3))).resize(2).copy()
    source.set_type(pyvips.GValue.gstr_type, "exif-ifd3-GPSLatitude", "48/1 12/1 0/1")
    add(source.jpegsave_buffer())

    classify(as_ana)

    (body,) = vision_server.pictures()
    picture = pyvips.Image.new_from_buffer(body, "")
    assert max(picture.width, picture.height) == 1024
    assert [field for field in picture.get_fields() if field.startswith(("exif", "xmp", "iptc", "icc"))] == []
    assert b"Stopbath" not in body


@pytest.mark.parametrize(
    ("mode", "category", "calls"),
    [
        ("whole", "dogs", 1), ("wordy", "dogs", 1), ("stranger", "", 1), ("broken", "", 1), ("odd", "", 1),
        ("no-schema", "dogs", 2), ("plain", "dogs", 3),
    ],
)  # fmt: skip
def test_answers_of_all_sorts_are_taken_where_they_name_a_category(
    as_ana: Client, add: Add, use: Any, mode: str, category: str, calls: int
) -> None:
    use(mode)
    add()

    job = classify(as_ana)

    assert job.status == "completed"
    assert job.items.get(phase=1).result["category"] == category
    assert outcomes() == ["failed"] * (calls - 1) + ["finished"]


def test_the_manner_that_a_server_takes_is_remembered(
    as_ana: Client, add: Add, use: Any, vision_server: VisionServer
) -> None:
    use("plain")
    for number in range(3):
        add(name=f"{number}.jpg")

    classify(as_ana)

    assert len(vision_server.asked) == 5


def test_what_passes_is_tried_again_after_as_long_as_the_server_asks(as_ana: Client, add: Add, use: Any) -> None:
    use("busy-once")
    add()
    job = submit_job(as_ana, steps=[], classify=True)
    run_items(job)

    item = job.items.get(phase=1)
    assert item.status == "waiting"
    assert (item.not_before - VisionCall.objects.get().ended_at) > timedelta(seconds=6)
    assert Classification.objects.get().classifier != "vision"
    job.items.update(not_before=item.not_before - timedelta(seconds=60))
    rescue()
    run_items(job)
    assert reload(job).status == "completed"
    assert outcomes() == ["failed", "finished"]


def test_a_file_that_the_model_refuses_stays_succeeded_and_keeps_what_was_measured(
    as_ana: Client, add: Add, use: Any
) -> None:
    use("forbidden")
    add()

    job = classify(as_ana)

    assert (job.status, job.counts.succeeded, job.counts.failed) == ("completed", 1, 0)
    assert job.items.get(phase=1).error == "The vision model refused the request (HTTP 401)"
    assert Classification.objects.get().attributes["palette"]


def test_nobody_is_asked_about_what_a_person_said(
    as_ana: Client, add: Add, use: Any, vision_server: VisionServer
) -> None:
    use("quick")
    photo = add()
    as_ana.patch(f"/api/photos/{photo.uuid}", {"category": "Rex"}, content_type="application/json")

    classify(as_ana)

    assert vision_server.asked == []
    assert as_ana.get(f"/api/photos/{photo.uuid}").json()["category"] == "Rex"


def test_a_persons_own_categories_are_offered_and_nobody_elses(
    as_ana: Client, as_ben: Client, add: Add, use: Any, vision_server: VisionServer
) -> None:
    use("quick")
    for client, category in ((as_ana, "Our garden"), (as_ben, "Secret")):
        photo = add(client=client)
        as_ana.patch(f"/api/photos/{photo.uuid}", {"category": category}, content_type="application/json")
        as_ben.patch(f"/api/photos/{photo.uuid}", {"category": category}, content_type="application/json")
    add(name="new.jpg")

    classify(as_ana)

    ((_, body, _),) = vision_server.asked
    offered = body["response_format"]["json_schema"]["schema"]["properties"]["category"]["enum"]
    assert {"Our garden", "dogs", "people"} <= set(offered)
    assert "Secret" not in offered


def test_a_job_keeps_to_what_was_set_when_it_was_submitted(
    as_ana: Client, add: Add, use: Any, vision_server: VisionServer
) -> None:
    add()
    before = submit_job(as_ana, steps=[], classify=True)
    use("quick")

    run_items(before)

    assert reload(before).status == "completed"
    assert vision_server.asked == []
    assert count_calls(reload(before)) is None


@pytest.mark.parametrize("mode", ["silent", "slow", "dripping"])
def test_a_stop_ends_a_call_and_the_server_sees_it(
    as_ana: Client, add: Add, use: Any, vision_server: VisionServer, mode: str
) -> None:
    use(mode)
    add()
    job = submit_job(as_ana, steps=[], classify=True)
    run_items(job, items=1)
    lane = take_turn(job)
    (item,) = lane.claim(1)
    phase, stop = ClassifyPhase(), Stop()
    timer = threading.Timer(0.4, stop.request)
    timer.start()

    with pytest.raises(Stopped):
        phase.do(item, phase.prepare(reload(job)), stop)

    timer.join()
    assert vision_server.wait_for_abandoned(within=2) == [mode]
    assert outcomes() == ["aborted"]


def test_the_job_page_and_the_api_say_what_a_cancel_saved(
    as_ana: Client, ana: Any, as_ben: Client, add: Add, use: Any
) -> None:
    use("quick")
    for number in range(5):
        add(name=f"{number}.jpg")
    job = submit_job(as_ana, steps=[], classify=True)
    run_items(job, items=7)
    reload(job).cancel(by=ana, door="page")

    page = as_ana.get(reload(job).get_absolute_url()).content.decode()
    response = as_ana.get(f"/api/jobs/{job.uuid}/vision-calls")

    assert "2 calls finished, 0 aborted, 3 never sent" in page
    assert "2,000 tokens in, 24 out" in page
    assert response.json()["never_sent"] == 3
    assert as_ben.get(f"/api/jobs/{job.uuid}/vision-calls").status_code == 404


def test_a_reclassification_keeps_what_a_vision_model_said(as_ana: Client, add: Add, use: Any) -> None:
    use("quick")
    add()
    classify(as_ana)

    answer = as_ana.post("/api/jobs", {"kind": "reclassify", "photos": "all"}, content_type="application/json")
    job = Job.objects.get(uuid=answer.json()["id"])
    run_items(job)

    assert job.items.get().result["classifier"] == "vision"
    assert Photo.objects.get().category == "dogs"
    assert Classification.objects.get().version == "a-model"


def test_a_deleted_job_takes_its_calls_along(as_ana: Client, add: Add, use: Any) -> None:
    use("quick")
    add()
    job = classify(as_ana)

    assert as_ana.delete(f"/api/jobs/{job.uuid}").status_code == 204
    clear_removed_jobs()
    assert not VisionCall.objects.exists()
