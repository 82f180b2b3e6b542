"""Deleting photos while others write about them: everybody waits for everybody in one order."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from photos.files import storage
from photos.models import Classification, Photo, PhotoSet, StoredFile
from tests.photos.pictures import jpeg

Add = Callable[..., Photo]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def classified(add: Add) -> Photo:
    """A photo with a classification."""
    photo = add()
    Classification.objects.create(photo=photo, classifier="abstain", version="1")
    return photo


def classifying(photo: Photo, begun: threading.Event, outcomes: list[Any]) -> None:
    """Save a classification slowly, as a worker does; no delete of the photo may come in between."""
    try:
        with transaction.atomic():
            Photo.objects.filter(pk=photo.pk).update(kind="photo")
            begun.set()
            time.sleep(0.5)
            outcomes.append(Classification(photo=photo, classifier="abstain", version="2").keep("photo"))
    except Exception as error:
        outcomes.append(error)
    finally:
        connection.close()


@pytest.mark.parametrize("door", ["page", "api"])
def test_a_photo_is_deleted_while_it_is_classified(as_ana: Client, classified: Photo, door: str) -> None:
    begun, outcomes = threading.Event(), list[Any]()
    worker = threading.Thread(target=classifying, args=(classified, begun, outcomes))
    worker.start()
    begun.wait(5)

    if door == "page":
        as_ana.post("/photos/delete", {"photos": [str(classified.uuid)]})
    else:
        assert as_ana.delete(f"/api/photos/{classified.uuid}").status_code == 204
    worker.join(10)

    assert outcomes == [True]
    assert not Photo.objects.exists()
    assert not Classification.objects.exists()


def test_deleting_many_photos_costs_the_statements_of_a_few(as_ana: Client, as_ben: Client, add: Add) -> None:
    content = jpeg()
    shared = add(content)
    add(content, client=as_ben)
    few, many = [add(), add()], [shared, *(add() for _ in range(6))]
    paths = [photo.file.path for photo in many]

    costs = []
    for photos in (few, many):
        with CaptureQueriesContext(connection) as queries:
            assert Photo.objects.filter(pk__in=[photo.pk for photo in photos]).remove() == len(photos)
        costs.append(len(queries))

    assert costs[0] == costs[1]
    assert [path.exists() for path in paths] == [True, *[False] * 6]
    assert (StoredFile.objects.count(), PhotoSet.objects.count()) == (1, 1)


def test_a_deleted_photo_takes_its_own_copies_for_previews_along(add: Add) -> None:
    photo, other = add(), add()
    copies = [
        storage.preview(photo.file.sha256),
        storage.preview(photo.file.sha256, 2),
        storage.preview(other.file.sha256),
    ]
    copies[0].parent.mkdir(exist_ok=True)
    for copy in copies:
        copy.touch()

    Photo.objects.filter(pk=photo.pk).remove()

    assert [copy.exists() for copy in copies] == [False, False, True]
