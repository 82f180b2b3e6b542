"""POST /api/photos: what an upload adds, and who may upload."""

from pathlib import Path

import pyvips
from django.test import Client

from photos.files import storage as files_storage
from photos.models import Photo
from project.accounts.models import User
from tests.photos.conftest import send
from tests.photos.pictures import jpeg


def test_an_upload_answers_with_every_fact_about_the_photo(as_ana: Client) -> None:
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


def test_the_original_is_stored_unchanged(as_ana: Client) -> None:
    content = jpeg()

    sha256 = send(as_ana, ("files", content, "a.jpg")).json()["photos"][0]["sha256"]

    assert files_storage.original(sha256).read_bytes() == content
    assert list(files_storage.incoming().iterdir()) == []


def test_a_photo_has_its_main_colour(as_ana: Client) -> None:
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


def test_the_set_of_another_user_cannot_be_added_to(as_ana: Client, as_ben: Client) -> None:
    first = send(as_ben, ("files", jpeg(), "a.jpg")).json()["photos"][0]

    response = send(as_ana, ("set", first["set"].encode(), None), ("files", jpeg(), "b.jpg"))

    assert response.status_code == 400
    assert response.json()["fields"] == {"set": "There is no such set."}


def test_paths_must_be_as_many_as_files(as_ana: Client) -> None:
    response = send(as_ana, ("files", jpeg(), "a.jpg"), ("files", jpeg(), "b.jpg"), ("paths", b"A/a.jpg", None))

    assert response.status_code == 400
    assert "paths" in response.json()["fields"]


def test_an_index_in_the_name_of_a_field_is_not_read(as_ana: Client) -> None:
    photo = send(as_ana, ("files", jpeg(), "a.jpg"), ("paths[0]", b"Summer/a.jpg", None)).json()["photos"][0]
    response = send(as_ana, ("files[0]", b"x", None))

    assert photo["path"] == ""
    assert (response.status_code, response.json()["error"]) == (400, "No files were sent.")


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
