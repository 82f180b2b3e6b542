"""POST /api/photos: files and uploads that are rejected, each with a sentence."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from photos.files import storage as files_storage
from photos.imaging.sandbox import NO_TIME, Busy
from photos.library import decoding
from photos.models import PhotoSet
from tests.photos.conftest import accepted_names, send
from tests.photos.pictures import jpeg


def test_a_file_that_is_not_a_picture_is_rejected_and_the_others_are_kept(as_ana: Client) -> None:
    response = send(as_ana, ("files", b"hello", "a.jpg"), ("files", jpeg(), "b.jpg"), ("files", b"", "c.jpg"))

    assert response.status_code == 201
    assert accepted_names(response) == ["b.jpg"]
    first, second = response.json()["rejected"]
    assert (first["name"], first["index"]) == ("a.jpg", 0)
    assert second == {"name": "c.jpg", "error": "The file is empty", "index": 2}
    assert first["error"].startswith("This is not a picture")


def test_a_truncated_file_is_rejected(as_ana: Client) -> None:
    response = send(as_ana, ("files", jpeg(500, 400)[:3000], "half.jpg"), ("files", jpeg(), "whole.jpg"))

    assert response.status_code == 201
    assert accepted_names(response) == ["whole.jpg"]
    assert response.json()["rejected"] == [
        {"name": "half.jpg", "error": "The file ends in the middle of the picture", "index": 0},
    ]
    assert list(files_storage.incoming().iterdir()) == []


def test_a_rejection_has_the_index_of_its_file_also_where_the_name_is_shown_otherwise_than_sent(as_ana: Client) -> None:
    response = send(
        as_ana, ("files", jpeg(), "a.jpg"), ("files", b"PK\x03\x04", "trip.zip"), ("files", b"hello", "\u200ea.jpg")
    )

    assert {rejected["index"]: rejected["name"] for rejected in response.json()["rejected"]} == {
        1: "trip.zip",
        2: "a.jpg",
    }


def test_an_upload_of_which_nothing_is_accepted_is_an_error_with_the_same_lists(as_ana: Client) -> None:
    response = send(as_ana, ("files", b"hello", "a.jpg"), ("files", b"", "b.jpg"))

    assert response.status_code == 400
    body = response.json()
    assert (body["photos"], len(body["rejected"])) == ([], 2)
    assert body["error"] == "None of the files was accepted."
    assert not PhotoSet.objects.exists()


def test_an_upload_without_files_says_so(as_ana: Client) -> None:
    for response in (send(as_ana), send(as_ana, ("file", jpeg(), "a.jpg")), as_ana.post("/api/photos")):
        assert response.status_code == 400
        assert response.json()["error"] == "No files were sent."


def test_a_file_over_the_size_limit_is_refused(as_ana: Client, settings: Any) -> None:
    settings.STOPBATH_MAX_UPLOAD_MB = 1
    large = jpeg() + bytes(1_000_001)

    alone = send(as_ana, ("files", large, "large.jpg"))
    with_another = send(as_ana, ("files", large, "large.jpg"), ("files", jpeg(), "small.jpg"))

    assert alone.status_code == 413
    assert alone.json()["error"] == "The file is larger than 1 MB"
    assert with_another.status_code == 201
    assert with_another.json()["rejected"] == [
        {"name": "large.jpg", "error": "The file is larger than 1 MB", "index": 0}
    ]
    assert list(files_storage.incoming().iterdir()) == []


def test_a_picture_over_the_pixel_limit_is_refused(as_ana: Client, settings: Any) -> None:
    settings.STOPBATH_MAX_MEGAPIXELS = 1

    response = send(as_ana, ("files", jpeg(2000, 1000), "large.jpg"))

    assert response.status_code == 400
    assert response.json()["error"] == "The picture has 2 megapixels; the limit is 1"


def test_a_file_that_met_a_busy_server_may_be_sent_again_and_a_damaged_one_may_not(
    as_ana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_busy(path: Path, small: Path) -> None:
        raise Busy(NO_TIME)

    with monkeypatch.context() as patched:
        patched.setattr(decoding, "inspect_file", raise_busy)
        refused = send(as_ana, ("files", jpeg(), "a.jpg"), ("files", b"", "b.jpg"))
    sent_again = send(as_ana, ("files", jpeg(), "a.jpg"))

    assert (refused.status_code, sent_again.status_code) == (400, 201)
    busy_file, empty_file = refused.json()["rejected"]
    assert busy_file["error"] == "The server is too busy to open the file; try again in a moment"
    assert busy_file["again"] is True
    assert "again" not in empty_file


def test_too_many_files_are_refused_and_none_is_left_behind(as_ana: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2

    response = send(as_ana, *[("files", jpeg(), "a.jpg")] * 3)

    assert response.status_code == 413
    assert response.json()["error"] == "Send at most 2 files at a time."
    assert list(files_storage.incoming().iterdir()) == []


def test_a_disk_that_cannot_be_written_is_reported(as_ana: Client, storage: Path) -> None:
    (storage / "incoming").touch()  # nothing can be written below a file

    response = send(as_ana, ("files", jpeg(), "a.jpg"))

    assert response.status_code == 507
    assert response.json()["error"].startswith("The file could not be stored: ")
