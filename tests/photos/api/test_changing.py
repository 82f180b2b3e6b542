"""GET, PATCH and DELETE /api/photos/<id>."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from photos.files import storage
from photos.models import Photo, PhotoSet, StoredFile
from tests.photos.conftest import send
from tests.photos.pictures import jpeg

Add = Callable[..., Photo]
JSON = "application/json"


def address(photo: Photo) -> str:
    return f"/api/photos/{photo.uuid}"


def test_a_photo_can_be_looked_up(as_ana: Client, add: Add) -> None:
    photo = add()

    response = as_ana.get(address(photo))

    assert response.status_code == 200
    assert response.json()["id"] == str(photo.uuid)


def test_a_photo_of_another_user_a_missing_one_and_an_invalid_id_are_the_same_404(
    as_ben: Client, as_staff: Client, add: Add
) -> None:
    addresses = [address(add()), "/api/photos/01890000-0000-7000-8000-000000000000", "/api/photos/nonsense"]
    answers = {
        (response.status_code, response.content)
        for client in (as_ben, as_staff)
        for place in addresses
        for response in (
            client.get(place),
            client.delete(place),
            client.patch(place, {"category": "x"}, content_type=JSON),
            client.get(f"{place}/original"),
            client.get(f"{place}/thumbnail"),
        )
    }

    assert answers == {(404, b'{"error":"Not found"}')}
    assert Photo.objects.count() == 1


def test_a_photo_is_put_into_a_category_and_taken_out(as_ana: Client, add: Add) -> None:
    photo = add()

    put = as_ana.patch(address(photo), {"category": " Beach "}, content_type=JSON)
    taken = as_ana.patch(address(photo), {"category": ""}, content_type=JSON)

    assert (put.status_code, put.json()["category"]) == (200, "Beach")
    assert (taken.status_code, taken.json()["category"]) == (200, "")


@pytest.mark.parametrize(
    "body", ['{"category": 1e999}', '{"category": ["a"]}', '{"category": null}', '{"category": "a\\u0000"}', "{}",
             '{"category": "\\ud800"}', "[]", "null", '"x"', "{", "[" * 100_000, '{"category": "' + "x" * 101 + '"}'],
)  # fmt: skip
def test_an_invalid_change_is_refused(as_ana: Client, add: Add, body: str) -> None:
    response = as_ana.patch(address(add()), body, content_type=JSON)

    assert response.status_code == 400
    assert response.json()["error"]


def test_a_deleted_photo_is_gone_with_its_bytes_and_its_set(
    as_ana: Client, add: Add, django_capture_on_commit_callbacks: Any
) -> None:
    photo = add()
    path = photo.file.path

    with django_capture_on_commit_callbacks(execute=True):
        response = as_ana.delete(address(photo))

    assert response.status_code == 204
    assert as_ana.get(address(photo)).status_code == 404
    assert not path.exists()
    assert not StoredFile.objects.exists()
    assert not PhotoSet.objects.exists()


def test_bytes_that_another_user_holds_too_stay(
    as_ana: Client, as_ben: Client, add: Add, django_capture_on_commit_callbacks: Any
) -> None:
    content = jpeg()
    ours, theirs = add(content), add(content, client=as_ben)
    path = theirs.file.path

    with django_capture_on_commit_callbacks(execute=True):
        as_ana.delete(address(ours))

    assert as_ben.get(f"{address(theirs)}/original").getvalue() == content
    with django_capture_on_commit_callbacks(execute=True):
        as_ben.delete(address(theirs))
    assert not path.exists()


def test_the_files_of_a_deleted_user_are_deleted(ana: Any, add: Add, django_capture_on_commit_callbacks: Any) -> None:
    path = add().file.path

    with django_capture_on_commit_callbacks(execute=True):
        ana.delete()

    assert not path.exists()
    assert not StoredFile.objects.exists()


def test_deleted_bytes_can_be_uploaded_again(as_ana: Client, add: Add, django_capture_on_commit_callbacks: Any) -> None:
    content = jpeg()
    with django_capture_on_commit_callbacks(execute=True):
        as_ana.delete(address(add(content)))

    photo = add(content)

    assert photo.file.path.read_bytes() == content


def test_an_id_is_known_only_in_the_form_that_the_api_writes(as_ana: Client, add: Add) -> None:
    uuid = add().uuid

    statuses = [
        as_ana.get(f"/api/photos/{text}").status_code
        for text in (str(uuid), str(uuid).upper(), uuid.hex, f"{{{uuid}}}", uuid.urn)
    ]

    assert statuses == [200, 200, 404, 404, 404]


@pytest.mark.parametrize("method", ["put", "post"])
def test_other_methods_are_answered_in_json(as_ana: Client, add: Add, method: str) -> None:
    response = getattr(as_ana, method)(address(add()), {}, content_type=JSON)

    assert response.status_code == 405
    assert "error" in response.json()


@pytest.mark.django_db(transaction=True)
def test_bytes_stay_while_a_photo_of_any_user_needs_them(as_ana: Client, as_ben: Client) -> None:
    content = jpeg()
    missing: list[Any] = []

    def upload_and_delete(client: Client) -> None:
        for _ in range(10):
            uploaded = send(client, ("files", content, "a.jpg")).json()["photos"][0]
            response = client.get(f"/api/photos/{uploaded['id']}/original")
            if b"".join(response) != content:
                missing.append(response)
            client.delete(f"/api/photos/{uploaded['id']}")
        connection.close()

    threads = [threading.Thread(target=upload_and_delete, args=(client,)) for client in (as_ana, as_ben)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert missing == []
    assert not any(model.objects.exists() for model in (Photo, StoredFile, PhotoSet))
    assert [path for path in storage.root().rglob("*") if path.is_file()] == []
