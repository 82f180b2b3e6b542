"""Uploads whose set, owner or storage goes away while a file is on its way."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from photos.files import storage
from photos.files.incoming import IncomingFile, receive
from photos.library import decoding, uploads
from photos.library.uploads import Intake
from photos.models import Photo, PhotoSet, StoredFile
from photos.models.photo import delete_empty_sets
from project.accounts.models import User
from tests.photos.conftest import send
from tests.photos.pictures import jpeg

pytestmark = pytest.mark.django_db(transaction=True)


def arrival(content: bytes, name: str = "a.jpg") -> IncomingFile:
    return receive(name, [content])


def originals() -> set[str]:
    return {path.name for path in (storage.root() / "originals").rglob("*") if path.is_file()}


def before_each_look(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    look = decoding.inspect_file

    def act_and_look(path: Path, small: Path) -> Any:
        act()
        return look(path, small)

    monkeypatch.setattr(decoding, "inspect_file", act_and_look)


def test_an_upload_whose_set_is_deleted_meanwhile_goes_on_with_a_set_of_the_same_id(
    as_ana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = send(as_ana, ("files", jpeg(30, 20), "a.jpg")).json()["photos"][0]
    before_each_look(monkeypatch, lambda: Photo.objects.filter(uuid=first["id"]).remove())

    response = send(
        as_ana, ("set", first["set"].encode(), None), ("files", jpeg(31, 20), "b.jpg"), ("files", jpeg(32, 20), "c.jpg")
    )

    assert response.status_code == 201
    assert [photo["set"] for photo in response.json()["photos"]] == [first["set"]] * 2
    assert originals() == {*StoredFile.objects.values_list("sha256", flat=True)}
    assert StoredFile.objects.count() == 2


def test_nobody_deletes_a_set_into_which_a_photo_is_just_being_put(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    photo_set = PhotoSet.objects.create(owner=ana)
    hold, threads = uploads.lock_row, []

    def delete() -> None:
        delete_empty_sets({photo_set.pk})
        connection.close()

    def hold_and_let_others_delete(row: Any) -> bool:
        exists = hold(row)
        if row == photo_set:
            threads.append(threading.Thread(target=delete))
            threads[-1].start()
            threads[-1].join(0.5)  # it has to wait for the end of the upload
        return exists

    monkeypatch.setattr(uploads, "lock_row", hold_and_let_others_delete)

    Intake(ana, photo_set).accept(arrival(jpeg()), "")

    threads[0].join()
    assert Photo.objects.get().set == photo_set


def test_a_file_that_cannot_be_stored_takes_no_other_of_the_upload_with_it(
    as_ana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, failures = Intake.add, [OSError(28, "No space left on device")]

    def add_or_fail(*args: Any) -> Photo:
        photo = add(*args)
        if failures:
            raise failures.pop()
        return photo

    monkeypatch.setattr(Intake, "add", add_or_fail)

    response = send(as_ana, ("files", jpeg(30, 20), "a.jpg"), ("files", jpeg(31, 20), "b.jpg"))

    assert response.status_code == 201
    assert [photo["name"] for photo in response.json()["photos"]] == ["b.jpg"]
    assert response.json()["rejected"] == [
        {"name": "a.jpg", "error": "The file could not be stored: No space left on device", "again": True, "index": 0}
    ]


def test_an_upload_whose_owner_is_deleted_meanwhile_is_refused_and_leaves_nothing(
    ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_each_look(monkeypatch, lambda: User.objects.filter(pk=ana.pk).delete())
    intake = Intake(ana)

    intake.take(arrival(jpeg()))

    assert [refused.error for refused in intake.rejected] == ["The account was deleted while the file was on its way"]
    assert originals() == set()
    assert not StoredFile.objects.exists()
