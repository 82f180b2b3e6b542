"""GET /api/photos/<id>/original and /thumbnail."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pyvips
from django.test import Client

from photos.files import storage as files_storage
from photos.imaging.sandbox import NO_TIME, Busy
from photos.library import decoding
from photos.models import Photo
from tests.jobs.work import run_items
from tests.photos.kinds.test_processing import submit_job
from tests.photos.pictures import jpeg, picture

Add = Callable[..., Photo]


def test_an_original_is_downloaded_unchanged_under_its_name(as_ana: Client, add: Add) -> None:
    content = jpeg()
    photo = add(content, name='a "café"; x.jpg'.replace('"', "%22"))

    response = as_ana.get(f"/api/photos/{photo.uuid}/original")

    assert response.getvalue() == content
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment; ")
    assert response["Content-Disposition"].endswith("filename*=UTF-8''a%20%22caf%C3%A9%22%3B%20x.jpg")


def test_the_media_type_of_an_original_comes_from_its_content_not_from_its_name(as_ana: Client, add: Add) -> None:
    photo = add(picture(".png"), name="page.html")

    response = as_ana.get(f"/api/photos/{photo.uuid}/original")

    assert response.getvalue().startswith(b"\x89PNG")
    assert response["Content-Type"] == "image/png"


def test_a_file_can_be_kept_by_the_browser_for_ever(as_ana: Client, add: Add) -> None:
    for where in ("original", "thumbnail"):
        address = f"/api/photos/{add().uuid}/{where}"
        first = as_ana.get(address)
        first.getvalue()

        second = as_ana.get(address, headers={"If-None-Match": first["ETag"]})

        assert first["Cache-Control"] == "private, max-age=31536000, immutable"
        assert (second.status_code, second["ETag"]) == (304, first["ETag"])


def test_a_thumbnail_is_a_small_jpeg(as_ana: Client, add: Add) -> None:
    photo = add(picture(".png", 2000, 1000), name="a.png")

    response = as_ana.get(f"/api/photos/{photo.uuid}/thumbnail", headers={"Accept": "image/avif"})

    thumbnail = pyvips.Image.new_from_buffer(response.getvalue(), "")
    assert response["Content-Type"] == "image/jpeg"
    assert (thumbnail.width, thumbnail.height) == (480, 240)


def test_a_thumbnail_is_made_once(as_ana: Client, add: Add) -> None:
    photo = add()
    as_ana.get(f"/api/photos/{photo.uuid}/thumbnail").getvalue()
    made = files_storage.thumbnail(photo.file.sha256).stat().st_mtime_ns

    as_ana.get(f"/api/photos/{photo.uuid}/thumbnail").getvalue()

    assert files_storage.thumbnail(photo.file.sha256).stat().st_mtime_ns == made


def test_an_upload_stores_the_thumbnail(add: Add) -> None:
    photo = add(jpeg(1000, 500))

    assert files_storage.thumbnail(photo.file.sha256).stat().st_size > 0


def test_a_missing_thumbnail_is_made_again(as_ana: Client, add: Add) -> None:
    photo = add(jpeg(1000, 500))
    files_storage.thumbnail(photo.file.sha256).unlink()

    content = as_ana.get(f"/api/photos/{photo.uuid}/thumbnail").getvalue()

    assert pyvips.Image.new_from_buffer(content, "").width == 480


def test_a_file_that_cannot_be_decoded_has_no_thumbnail_and_is_not_tried_again(as_ana: Client, add: Add) -> None:
    photo = add()
    files_storage.thumbnail(photo.file.sha256).unlink()
    photo.file.path.chmod(0o600)
    photo.file.path.write_bytes(jpeg(500, 500)[:300])

    for _ in range(2):
        response = as_ana.get(f"/api/photos/{photo.uuid}/thumbnail")
        assert response.status_code == 404
        assert response.json() == {"error": "No thumbnail can be made of this file."}
    assert files_storage.undecodable_mark(photo.file.sha256).exists()


def test_a_busy_server_answers_503_and_marks_no_file_as_undecodable(
    as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = add()
    job = submit_job(as_ana, steps=[{"operation": "flip", "options": {}}])
    run_items(job)
    files_storage.thumbnail(photo.file.sha256).unlink()

    def request_pictures() -> list[Any]:
        address = f"/api/photos/{photo.uuid}"
        body = {"photo": str(photo.uuid), "steps": []}
        return [
            as_ana.get(f"{address}/thumbnail"),
            as_ana.get(f"{address}/screen"),
            as_ana.get(f"/api/jobs/{job.uuid}/items/1/thumbnail"),
            as_ana.post("/api/preview", body, content_type="application/json"),
        ]

    def raise_busy(*args: Any, **kwargs: Any) -> None:
        raise Busy(NO_TIME)

    with monkeypatch.context() as patched:
        patched.setattr(decoding.sandbox(), "run", raise_busy)
        refused = request_pictures()

    answers = {(answer.status_code, answer.json()["error"], answer["Retry-After"]) for answer in refused}
    assert answers == {(503, "The server is too busy to open the file; try again in a moment", "2")}
    assert [(answer.status_code, bool(b"".join(answer))) for answer in request_pictures()] == [(200, True)] * 4


def test_a_missing_original_is_a_404(as_ana: Client, add: Add) -> None:
    photo = add()
    photo.file.path.unlink()

    response = as_ana.get(f"/api/photos/{photo.uuid}/original")

    assert response.status_code == 404
    assert response.json() == {"error": "The file is missing from the storage."}


def test_the_copy_for_previews_is_deleted_with_its_photo(
    as_ana: Client, add: Add, django_capture_on_commit_callbacks: Any
) -> None:
    photo = add(jpeg(2100, 60))
    body = {"photo": str(photo.uuid), "steps": []}
    first = as_ana.post("/api/preview", body, content_type="application/json")

    assert files_storage.preview(photo.file.sha256).exists()
    assert as_ana.post("/api/preview", body, content_type="application/json").content == first.content
    with django_capture_on_commit_callbacks(execute=True):
        as_ana.delete(f"/api/photos/{photo.uuid}")
    assert not files_storage.preview(photo.file.sha256).exists()


def test_only_the_latest_copies_are_kept(storage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_storage, "MAX_PREVIEWS", 3)
    for number, name in enumerate("abcd"):
        path = files_storage.reserve_preview(name)
        path.touch()
        os.utime(path, (number, number))
    files_storage.reserve_preview("b")  # used again

    files_storage.reserve_preview("e").touch()

    assert sorted(path.stem for path in (storage / "previews").iterdir()) == ["b-1", "d-1", "e-1"]
