"""A photo of the library as watermark: one's own, and only while it is there."""

from collections.abc import Callable
from typing import Any

import pytest
import pyvips
from django.test import Client

from photos.models import Photo
from tests.jobs.work import run_items, statuses
from tests.photos.api.test_submitting import submit
from tests.photos.kinds.test_processing import items, submit_job
from tests.photos.pictures import jpeg

Add = Callable[..., Photo]
STRANGER = "Step 1 (image-watermark): image must be one of your own photos"


def steps(photo: Photo) -> list[dict[str, Any]]:
    options = {"image": str(photo.uuid), "position": "center", "size": 50, "opacity": 100}
    return [{"operation": "image-watermark", "options": options}]


def png(*colour: int, width: int = 64, height: int = 48) -> bytes:
    """A picture of one colour."""
    image = pyvips.Image.black(width, height, bands=3).linear(1, list(colour)).cast("uchar")
    content: bytes = image.copy(interpretation="srgb").pngsave_buffer()
    return content


def middle(content: bytes) -> list[float]:
    """The colour in the middle of a picture."""
    image = pyvips.Image.new_from_buffer(content, "")
    colour: list[float] = image(image.width // 2, image.height // 2)
    return colour


def test_a_photo_of_the_library_is_put_on_the_others(as_ana: Client, add: Add) -> None:
    photo, logo = add(png(90, 90, 90), name="a.png"), add(png(250, 20, 20), name="logo.png")

    job = submit_job(as_ana, photos=[str(photo.uuid)], steps=steps(logo))
    run_items(job)

    (item,) = items(as_ana, job)
    assert middle(as_ana.get(item["output"]["url"]).getvalue()) == [250, 20, 20]


def test_the_preview_shows_it(as_ana: Client, add: Add) -> None:
    photo, logo = add(png(90, 90, 90), name="a.png"), add(png(250, 20, 20), name="logo.png")

    body = {"photo": str(photo.uuid), "steps": steps(logo)}
    answer = as_ana.post("/api/preview", body, content_type="application/json")

    assert answer.status_code == 200, answer.content
    assert middle(answer.content) == pytest.approx([250, 20, 20], abs=6)


def test_nobody_else_s_photo_can_be_used(as_ana: Client, as_ben: Client, add: Add) -> None:
    photo, foreign = add(), add(jpeg(50, 50), client=as_ben)

    for answer in (
        submit(as_ana, photos=[str(photo.uuid)], steps=steps(foreign)),
        as_ana.post(
            "/api/preview", {"photo": str(photo.uuid), "steps": steps(foreign)}, content_type="application/json"
        ),
    ):
        assert answer.status_code == 400
        assert answer.json() == {"error": STRANGER, "fields": {"steps": STRANGER}}


def test_a_photo_that_was_deleted_meanwhile_fails_the_files_in_words(as_ana: Client, add: Add) -> None:
    photo, logo = add(), add(png(250, 20, 20), name="logo.png")
    job = submit_job(as_ana, photos=[str(photo.uuid)], steps=steps(logo))
    logo.delete()

    run_items(job)

    assert statuses(job) == ["failed"]
    (item,) = items(as_ana, job)
    assert item["error"] == "The picture of the watermark was deleted"
