"""POST /api/preview: notes about files that lose something."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from photos.models import Photo

pytestmark = pytest.mark.django_db
SMALLER = [{"operation": "resize", "options": {"longest_edge": 16}}]
TO_JPEG = [{"operation": "convert", "options": {"format": "jpeg"}}]


def preview_notes(client: Client, photo: Photo, **more: Any) -> list[str]:
    body = {"photo": str(photo.uuid), "steps": SMALLER, **more}
    answer = client.post("/api/preview", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    notes: list[str] = json.loads(answer["Stopbath-Notes"])
    return notes


def test_a_photo_that_loses_nothing_has_no_notes(as_ana: Client, add: Callable[..., Photo]) -> None:
    assert preview_notes(as_ana, add()) == []


def test_pdfs_in_the_selection_have_notes(as_ana: Client, add: Callable[..., Photo]) -> None:
    photo = add()

    (smaller,) = preview_notes(as_ana, photo, formats=["jpeg", "pdf"])
    (first,) = preview_notes(as_ana, photo, formats=["pdf", "pdf"], steps=TO_JPEG)

    assert "pictures" in smaller
    assert "first" in first


@pytest.mark.parametrize("formats", ["pdf", [1, None, ["pdf"]], ["explode"], {}, None])
def test_unknown_formats_are_ignored(as_ana: Client, add: Callable[..., Photo], formats: Any) -> None:
    assert preview_notes(as_ana, add(), formats=formats) == []
