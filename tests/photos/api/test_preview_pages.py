"""POST /api/preview with a page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pyvips
from django.test import Client

from photos.files import storage
from photos.models import Photo
from tests.photos.imaging import documents, pictures

Add = Callable[..., Photo]


def post_preview(client: Client, photo: Photo, **body: Any) -> Any:
    request = {"photo": str(photo.uuid), "steps": []} | body
    return client.post("/api/preview", request, content_type="application/json")


def picture_size(answer: Any) -> tuple[int, int]:
    assert answer.status_code == 200, answer.content
    image = pyvips.Image.new_from_buffer(answer.content, "")
    return image.width, image.height


def test_any_page_of_a_tiff_can_be_previewed(as_ana: Client, add: Add, tmp_path: Path) -> None:
    photo = add(
        pictures.save_corner_pages(tmp_path / "scan.tif", [(60, 40), (50, 30), (20, 70)]).read_bytes(), name="scan.tif"
    )

    sizes = [picture_size(post_preview(as_ana, photo, **page)) for page in ({}, {"page": 1}, {"page": 2}, {"page": 3})]

    assert sizes == [(60, 40), (60, 40), (50, 30), (20, 70)]


def test_the_steps_are_applied_to_that_page(as_ana: Client, add: Add, tmp_path: Path) -> None:
    photo = add(pictures.save_corner_pages(tmp_path / "scan.tif", [(60, 40), (20, 70)]).read_bytes(), name="scan.tif")

    answer = post_preview(as_ana, photo, page=2, steps=[{"operation": "resize", "options": {"longest_edge": 35}}])

    assert picture_size(answer) == (10, 35)


def test_each_large_page_has_a_copy_of_its_own(
    as_ana: Client, add: Add, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    content = pictures.save_corner_pages(tmp_path / "scan.tif", [(2100, 60), (60, 2100)]).read_bytes()
    photo = add(content, name="scan.tif")

    for _ in range(2):  # made, and used
        assert picture_size(post_preview(as_ana, photo)) == (1600, 46)
        assert picture_size(post_preview(as_ana, photo, page=2)) == (46, 1600)

    copies = [storage.preview(photo.file.sha256, page) for page in (1, 2)]
    assert [copy.exists() for copy in copies] == [True, True]
    with django_capture_on_commit_callbacks(execute=True):
        as_ana.delete(f"/api/photos/{photo.uuid}")
    assert [copy.exists() for copy in copies] == [False, False]


def test_pages_of_a_pdf_differ(as_ana: Client, add: Add, tmp_path: Path) -> None:
    content = documents.write_text_pdf(tmp_path / "book.pdf", ["Page 1", "Page 2"]).read_bytes()
    photo = add(content, name="book.pdf")

    first, second = (post_preview(as_ana, photo, page=page) for page in (1, 2))

    assert picture_size(first) == picture_size(second)
    assert first.content != second.content
    assert first.content == post_preview(as_ana, photo).content


@pytest.mark.parametrize("page", [0, 3, -1, 10**30, 1.5, "1", True, None, [1]])
def test_a_page_that_does_not_exist_is_refused(as_ana: Client, add: Add, tmp_path: Path, page: Any) -> None:
    photo = add(pictures.save_corner_pages(tmp_path / "scan.tif", [(60, 40), (20, 70)]).read_bytes(), name="scan.tif")

    answer = post_preview(as_ana, photo, page=page)

    sentence = "This file has 2 pages: page must be a whole number from 1 to 2."
    assert (answer.status_code, answer.json()) == (400, {"error": sentence, "fields": {"page": sentence}})


def test_a_photo_has_one_page(as_ana: Client, add: Add) -> None:
    photo = add()

    assert post_preview(as_ana, photo, page=1).status_code == 200
    assert post_preview(as_ana, photo, page=2).json()["error"] == (
        "This file has 1 page: page must be a whole number from 1 to 1."
    )
