"""POST /api/photos: multipart bodies, whole and broken."""

import time

import pytest
from django.test import Client

from photos.files import storage as files_storage
from photos.models import Photo
from tests.photos.conftest import accepted_names, send
from tests.photos.pictures import join_parts, jpeg, multipart, part


def test_a_large_file_goes_through_in_pieces_unchanged(as_ana: Client) -> None:
    # A boundary that begins in one piece of the stream and ends in the next must be seen all the same.
    for surplus in range(262_120, 262_150, 3):
        content = jpeg() + bytes(surplus)
        sha256 = send(as_ana, ("files", content, "a.jpg")).json()["photos"][0]["sha256"]
        assert files_storage.original(sha256).read_bytes() == content


def test_content_that_looks_like_a_boundary_is_kept(as_ana: Client) -> None:
    content = jpeg() + b"\r\n--a-boundar\r\n\r\n--"

    sha256 = send(as_ana, ("files", content, "a.jpg")).json()["photos"][0]["sha256"]

    assert files_storage.original(sha256).read_bytes() == content


@pytest.mark.parametrize("header", ['form-data; name=""', "form-data", 'form-data; filename="a.jpg"'])
def test_a_part_without_the_name_of_a_field_is_skipped(as_ana: Client, header: str) -> None:
    body, content_type = join_parts(part(header, jpeg()), part('form-data; name="files"; filename="b.jpg"', jpeg()))

    assert accepted_names(as_ana.post("/api/photos", body, content_type=content_type)) == ["b.jpg"]


def test_a_body_of_many_parts_without_the_name_of_a_field_is_refused_early(as_ana: Client) -> None:
    body, content_type = join_parts(part("form-data", b"") * 220_000)
    assert len(body) > 10_000_000
    before = time.process_time()

    response = as_ana.post("/api/photos", body, content_type=content_type)

    assert (response.status_code, response.json()["error"]) == (400, "The upload has too many parts.")
    assert time.process_time() - before < 3  # a tenth of that on an idle machine; 6.5 s when all were looked at


def test_headers_that_are_too_long_are_refused(as_ana: Client) -> None:
    response = send(as_ana, ("files", jpeg(), "n" * 20_000 + ".jpg"))

    assert response.status_code == 400
    assert response.json()["error"] == "A part of the upload has headers that are too long."


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"no part at all", "The upload broke off: it has no end."),
        (join_parts(b"--a-boundary\r\nContent-Type: text/plain\r\n\r\nx\r\n")[0], "The upload cannot be read: "),
        (b"--a-boundary?\r\n\r\n", "The upload cannot be read: "),
    ],
)
def test_a_body_that_is_not_multipart_is_refused(as_ana: Client, body: bytes, sentence: str) -> None:
    response = as_ana.post("/api/photos", body, content_type="multipart/form-data; boundary=a-boundary")

    assert response.status_code == 400
    assert response.json()["error"].startswith(sentence)


def test_an_upload_that_breaks_off_leaves_nothing_behind(as_ana: Client) -> None:
    body, content_type = multipart(("files", jpeg(), "a.jpg"), ("files", jpeg(), "b.jpg"))

    response = as_ana.post("/api/photos", body[:-60], content_type=content_type)

    assert response.status_code == 400
    assert response.json()["error"] == "The upload broke off: it has no end."
    assert list(files_storage.incoming().iterdir()) == []
    assert not Photo.objects.exists()


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=é"]
)
def test_a_multipart_body_without_a_boundary_is_refused(as_ana: Client, content_type: str) -> None:
    assert as_ana.post("/api/photos", b"x", content_type=content_type).status_code == 400
