"""POST /api/photos: the same bytes are stored once."""

import threading

import pytest
from django.db import connection
from django.test import Client

from photos.files import storage as files_storage
from photos.models import Photo, PhotoSet, StoredFile
from project.accounts.models import User
from tests.photos.conftest import client_of, send
from tests.photos.pictures import jpeg


def test_the_same_bytes_again_are_a_duplicate_under_the_first_id(as_ana: Client) -> None:
    content = jpeg()
    first = send(as_ana, ("files", content, "a.jpg")).json()["photos"][0]

    response = send(as_ana, ("files", content, "another name.jpg"))

    assert response.status_code == 201
    assert response.json()["photos"] == [first | {"duplicate": True}]


def test_the_same_bytes_twice_in_one_upload_are_stored_once(as_ana: Client) -> None:
    content = jpeg()

    first, second = send(as_ana, ("files", content, "a.jpg"), ("files", content, "b.jpg")).json()["photos"]

    assert (first["id"], second["duplicate"]) == (second["id"], True)


def test_the_same_bytes_of_two_users_are_stored_once(as_ana: Client, as_ben: Client) -> None:
    content = jpeg()

    ours, theirs = (send(client, ("files", content, "a.jpg")).json()["photos"][0] for client in (as_ana, as_ben))

    assert ours["id"] != theirs["id"]
    assert theirs["duplicate"] is False
    assert StoredFile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_bytes_in_two_uploads_at_once_are_stored_once(ana: User) -> None:
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
