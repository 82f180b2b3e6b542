"""POST /api/photos."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
import pyvips
from django.db import connection
from django.test import Client

from photos.files import storage as files_storage
from photos.imaging.sandbox import NO_TIME, Busy
from photos.library import decoding
from photos.models import Photo, PhotoSet, StoredFile
from project.accounts.models import User
from tests.photos.conftest import client_of, send
from tests.photos.pictures import join_parts, jpeg, multipart, part, picture


def names(response: Any) -> list[str]:
    return [photo["name"] for photo in response.json()["photos"]]


def test_an_upload_tells_everything_about_the_photo(as_ana: Client) -> None:
    content = jpeg(40, 30)

    response = send(as_ana, ("files", content, "beach.jpg"), ("paths", b"Summer/Day 1/beach.jpg", None))

    assert response.status_code == 201
    (photo,) = response.json()["photos"]
    assert response.json()["rejected"] == []
    assert {key: photo[key] for key in ("name", "path", "format", "width", "height", "pages", "frames")} == {
        "name": "beach.jpg", "path": "Summer/Day 1", "format": "jpeg",
        "width": 40, "height": 30, "pages": 1, "frames": 1,
    }  # fmt: skip
    assert photo["size"] == len(content)
    assert (photo["kind"], photo["category"], photo["duplicate"], photo["taken_at"]) == ("photo", "", False, None)
    assert photo["id"][14] == "7"


def test_the_original_is_kept_as_it_came(as_ana: Client) -> None:
    content = jpeg()

    sha256 = send(as_ana, ("files", content, "a.jpg")).json()["photos"][0]["sha256"]

    assert files_storage.original(sha256).read_bytes() == content
    assert list(files_storage.incoming().iterdir()) == []


def test_a_file_that_ends_too_early_is_not_let_in(as_ana: Client) -> None:
    response = send(as_ana, ("files", jpeg(500, 400)[:3000], "half.jpg"), ("files", jpeg(), "whole.jpg"))

    assert response.status_code == 201
    assert names(response) == ["whole.jpg"]
    assert response.json()["rejected"] == [
        {"name": "half.jpg", "error": "The file ends in the middle of the picture", "index": 0},
    ]
    assert list(files_storage.incoming().iterdir()) == []


def test_a_photo_tells_its_main_colour(as_ana: Client) -> None:
    sky = pyvips.Image.black(90, 60, bands=3).linear(1, [90, 150, 210]).cast("uchar")
    content = sky.insert(pyvips.Image.black(90, 20, bands=3), 0, 40).copy(interpretation="srgb").pngsave_buffer()

    (photo,) = send(as_ana, ("files", content, "sky.png")).json()["photos"]

    assert [round(int(photo["colour"][at : at + 2], 16) / 10) for at in (1, 3, 5)] == [9, 15, 21]
    assert f"background-color: {photo['colour']}" in as_ana.get("/").content.decode()


def test_files_uploaded_together_are_a_set(as_ana: Client) -> None:
    response = send(as_ana, ("files", jpeg(), "a.jpg"), ("files", jpeg(), "b.jpg"))

    assert len({photo["set"] for photo in response.json()["photos"]}) == 1


def test_an_upload_can_go_on_with_a_set(as_ana: Client) -> None:
    first = send(as_ana, ("files", jpeg(), "a.jpg")).json()["photos"][0]

    second = send(as_ana, ("set", first["set"].encode(), None), ("files", jpeg(), "b.jpg")).json()["photos"][0]

    assert second["set"] == first["set"]


def test_the_set_of_somebody_else_cannot_be_added_to(as_ana: Client, as_ben: Client) -> None:
    first = send(as_ben, ("files", jpeg(), "a.jpg")).json()["photos"][0]

    response = send(as_ana, ("set", first["set"].encode(), None), ("files", jpeg(), "b.jpg"))

    assert response.status_code == 400
    assert response.json()["fields"] == {"set": "There is no such set."}


def test_a_file_that_is_no_picture_is_rejected_and_the_others_are_kept(as_ana: Client) -> None:
    response = send(as_ana, ("files", b"hello", "a.jpg"), ("files", jpeg(), "b.jpg"), ("files", b"", "c.jpg"))

    assert response.status_code == 201
    assert names(response) == ["b.jpg"]
    first, second = response.json()["rejected"]
    assert (first["name"], first["index"]) == ("a.jpg", 0)
    assert second == {"name": "c.jpg", "error": "The file is empty", "index": 2}
    assert first["error"].startswith("This is not a picture")


def test_refusals_tell_which_file_is_meant_also_where_names_are_shown_otherwise_than_sent(as_ana: Client) -> None:
    response = send(
        as_ana, ("files", jpeg(), "a.jpg"), ("files", b"PK\x03\x04", "trip.zip"), ("files", b"hello", "\u200ea.jpg")
    )

    assert {rejected["index"]: rejected["name"] for rejected in response.json()["rejected"]} == {
        1: "trip.zip",
        2: "a.jpg",
    }


def test_nothing_accepted_is_an_error_with_the_same_lists(as_ana: Client) -> None:
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


def test_the_same_bytes_again_are_a_duplicate_under_the_first_id(as_ana: Client) -> None:
    content = jpeg()
    first = send(as_ana, ("files", content, "a.jpg")).json()["photos"][0]

    response = send(as_ana, ("files", content, "another name.jpg"))

    assert response.status_code == 201
    assert response.json()["photos"] == [first | {"duplicate": True}]


def test_the_same_bytes_twice_in_one_upload_are_kept_once(as_ana: Client) -> None:
    content = jpeg()

    first, second = send(as_ana, ("files", content, "a.jpg"), ("files", content, "b.jpg")).json()["photos"]

    assert (first["id"], second["duplicate"]) == (second["id"], True)


def test_two_people_hold_the_same_bytes_once(as_ana: Client, as_ben: Client) -> None:
    content = jpeg()

    ours, theirs = (send(client, ("files", content, "a.jpg")).json()["photos"][0] for client in (as_ana, as_ben))

    assert ours["id"] != theirs["id"]
    assert theirs["duplicate"] is False
    assert StoredFile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_bytes_in_two_uploads_at_once_are_kept_once(ana: User) -> None:
    content, answers = jpeg(), []

    def upload() -> None:
        answers.append(send(client_of(ana), ("files", content, "a.jpg")).json()["photos"][0])
        connection.close()

    threads = [threading.Thread(target=upload) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({answer["id"] for answer in answers}) == 1
    assert sorted(answer["duplicate"] for answer in answers) == [False, True, True, True]
    assert Photo.objects.count() == StoredFile.objects.count() == PhotoSet.objects.count() == 1


@pytest.mark.parametrize("name", ["", ".", "..", "\x01\x02", "/", "..\\", "%01%02", "\u202e"])
def test_a_file_without_a_usable_name_is_kept_as_unnamed(as_ana: Client, name: str) -> None:
    assert names(send(as_ana, ("files", picture(".png"), name))) == ["unnamed.png"]


def test_a_file_without_a_file_name_at_all_is_kept_as_unnamed(as_ana: Client) -> None:
    assert names(send(as_ana, ("files", jpeg(), None))) == ["unnamed.jpg"]


def test_a_name_in_the_encoding_of_rfc_5987_is_understood(as_ana: Client) -> None:
    disposition = 'form-data; name="files"; filename="cafe.jpg"; filename*=UTF-8\'\'caf%C3%A9.jpg'
    body, content_type = join_parts(part(disposition, jpeg()))

    assert names(as_ana.post("/api/photos", body, content_type=content_type)) == ["café.jpg"]


def test_a_name_that_is_no_utf_8_is_kept_with_a_mark_for_what_cannot_be_read(as_ana: Client) -> None:
    body, content_type = join_parts(
        part('form-data; name="files"; filename="caf?.jpg"', jpeg()).replace(b"?", b"\xe9", 1)
    )

    assert names(as_ana.post("/api/photos", body, content_type=content_type)) == ["caf\N{REPLACEMENT CHARACTER}.jpg"]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ('say \\"cheese\\".jpg', 'say "cheese".jpg'),
        ("say %22cheese%22.jpg", 'say "cheese".jpg'),
        ("C:\\Photos\\a.jpg", "a.jpg"),
        ("semi;colon=1.jpg", "semi;colon=1.jpg"),
        ("写真.jpg", "写真.jpg"),
        ("line\nbreak.jpg", "linebreak.jpg"),
    ],
)
def test_a_name_of_odd_characters_is_kept(as_ana: Client, sent: str, shown: str) -> None:
    assert names(send(as_ana, ("files", jpeg(), sent))) == [shown]


def test_a_name_of_five_thousand_characters_is_shortened(as_ana: Client) -> None:
    (name,) = names(send(as_ana, ("files", jpeg(), "n" * 5000 + ".jpg")))

    assert name == "n" * 251 + ".jpg"


def test_headers_that_are_too_long_are_refused(as_ana: Client) -> None:
    response = send(as_ana, ("files", jpeg(), "n" * 20_000 + ".jpg"))

    assert response.status_code == 400
    assert response.json()["error"] == "A part of the upload has headers that are too long."


@pytest.mark.parametrize("header", ['form-data; name=""', "form-data", 'form-data; filename="a.jpg"'])
def test_a_part_that_belongs_to_no_field_is_passed_over(as_ana: Client, header: str) -> None:
    body, content_type = join_parts(part(header, jpeg()), part('form-data; name="files"; filename="b.jpg"', jpeg()))

    assert names(as_ana.post("/api/photos", body, content_type=content_type)) == ["b.jpg"]


def test_a_body_of_parts_that_belong_to_no_field_is_refused_after_some_of_them(as_ana: Client) -> None:
    body, content_type = join_parts(part("form-data", b"") * 220_000)
    assert len(body) > 10_000_000
    before = time.process_time()

    response = as_ana.post("/api/photos", body, content_type=content_type)

    assert (response.status_code, response.json()["error"]) == (400, "The upload has too many parts.")
    assert time.process_time() - before < 3  # a tenth of that on an idle machine; 6.5 s when all were looked at


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"no part at all", "The upload broke off: it has no end."),
        (join_parts(b"--a-boundary\r\nContent-Type: text/plain\r\n\r\nx\r\n")[0], "The upload cannot be read: "),
        (b"--a-boundary?\r\n\r\n", "The upload cannot be read: "),
    ],
)
def test_a_body_that_is_no_form_is_refused_in_words(as_ana: Client, body: bytes, sentence: str) -> None:
    response = as_ana.post("/api/photos", body, content_type="multipart/form-data; boundary=a-boundary")

    assert response.status_code == 400
    assert response.json()["error"].startswith(sentence)


def test_a_very_long_name_in_the_encoding_of_rfc_5987_is_shortened(as_ana: Client) -> None:
    disposition = f"form-data; name=\"files\"; filename*=UTF-8''{'%E5%86%99' * 120}.jpg"
    body, content_type = join_parts(part(disposition, jpeg()))

    (name,) = names(as_ana.post("/api/photos", body, content_type=content_type))

    assert name == "写" * 83 + ".jpg"


def test_paths_must_be_as_many_as_files(as_ana: Client) -> None:
    response = send(as_ana, ("files", jpeg(), "a.jpg"), ("files", jpeg(), "b.jpg"), ("paths", b"A/a.jpg", None))

    assert response.status_code == 400
    assert "paths" in response.json()["fields"]


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


def test_a_file_that_the_server_had_no_time_for_is_worth_another_try_and_a_bad_one_is_not(
    as_ana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(path: Path, small: Path) -> None:
        raise Busy(NO_TIME)

    with monkeypatch.context() as patched:
        patched.setattr(decoding, "inspect_file", busy)
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


def test_nobody_uploads_without_an_account(client: Client, db: None, storage: Path) -> None:
    response = send(client, ("files", jpeg(), "a.jpg"))

    assert response.status_code in (401, 403)
    assert "error" in response.json()


def test_a_browser_must_show_its_csrf_token(ana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)

    assert send(client, ("files", jpeg(), "a.jpg")).status_code == 403
    assert not Photo.objects.exists()


def test_a_form_can_carry_the_csrf_token(ana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    client.cookies["csrftoken"] = token = "a" * 32

    response = send(client, ("csrfmiddlewaretoken", token.encode(), None), ("files", jpeg(), "a.jpg"))

    assert response.status_code == 201


def test_a_disk_that_cannot_be_written_is_told_in_words(as_ana: Client, storage: Path) -> None:
    (storage / "incoming").touch()  # nothing can be written below a file

    response = send(as_ana, ("files", jpeg(), "a.jpg"))

    assert response.status_code == 507
    assert response.json()["error"].startswith("The file could not be stored: ")


@pytest.mark.parametrize("also_held_by_ben", [False, True])
def test_an_original_that_was_lost_is_stored_again_by_the_same_upload(
    as_ana: Client, as_ben: Client, also_held_by_ben: bool
) -> None:
    content = jpeg()
    first = send(as_ana, ("files", content, "a.jpg")).json()["photos"][0]
    if also_held_by_ben:
        send(as_ben, ("files", content, "b.jpg"))
    original = files_storage.original(first["sha256"])
    original.unlink()
    files_storage.thumbnail(first["sha256"]).unlink()
    assert as_ana.get(f"/api/photos/{first['id']}/thumbnail").status_code == 404

    again = send(as_ana, ("files", content, "a.jpg")).json()["photos"][0]

    assert (again["id"], again["duplicate"]) == (first["id"], True)
    assert original.read_bytes() == content
    assert b"".join(as_ana.get(f"/api/photos/{first['id']}/thumbnail"))
    assert list(files_storage.incoming().iterdir()) == []
