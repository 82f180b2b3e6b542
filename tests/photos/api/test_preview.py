"""POST /api/preview."""

from collections.abc import Callable

import pyvips
from django.test import Client

from photos.models import Photo
from tests.photos.api.test_recipes import RESIZE
from tests.photos.pictures import jpeg

Add = Callable[..., Photo]
JSON = "application/json"


def test_a_preview_is_the_picture_that_the_steps_make(as_ana: Client, add: Add) -> None:
    photo = add(jpeg(64, 48))

    response = as_ana.post("/api/preview", {"photo": str(photo.uuid), "steps": RESIZE}, content_type=JSON)

    picture = pyvips.Image.new_from_buffer(response.content, "")
    assert response["Content-Type"] == "image/jpeg"
    assert (picture.width, picture.height) == (16, 12)


def test_a_preview_of_the_photo_of_another_user_is_not_found(as_ben: Client, as_staff: Client, add: Add) -> None:
    for photo in (str(add().uuid), "nonsense", ["x"], None, 1):
        for client in (as_ben, as_staff):
            response = client.post("/api/preview", {"photo": photo, "steps": RESIZE}, content_type=JSON)
            assert (response.status_code, response.json()) == (404, {"error": "Not found"})


def test_a_preview_needs_a_photo(as_ana: Client) -> None:
    response = as_ana.post("/api/preview", {"steps": RESIZE}, content_type=JSON)

    assert response.status_code == 400
    assert response.json()["fields"] == {"photo": "This is needed."}
