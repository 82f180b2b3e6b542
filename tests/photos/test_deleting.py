"""Deleting photos while others write about them: everybody waits for everybody in one order."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from photos.models import Classification, Photo

Add = Callable[..., Photo]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def classified(add: Add) -> Photo:
    """A photo that was classified before."""
    photo = add()
    Classification.objects.create(photo=photo, classifier="abstain", version="1")
    return photo


def classifying(photo: Photo, begun: threading.Event, told: list[Any]) -> None:
    """Write a result as a worker does, slowly; the photo may be deleted before and after, not between."""
    try:
        with transaction.atomic():
            Photo.objects.filter(pk=photo.pk).update(kind="photo")
            begun.set()
            time.sleep(0.5)
            told.append(Classification(photo=photo, classifier="abstain", version="2").keep("photo"))
    except Exception as error:
        told.append(error)
    finally:
        connection.close()


@pytest.mark.parametrize("door", ["page", "api"])
def test_a_photo_is_deleted_while_it_is_classified(as_ana: Client, classified: Photo, door: str) -> None:
    begun, told = threading.Event(), list[Any]()
    worker = threading.Thread(target=classifying, args=(classified, begun, told))
    worker.start()
    begun.wait(5)

    if door == "page":
        as_ana.post("/photos/delete", {"photos": [str(classified.uuid)]})
    else:
        assert as_ana.delete(f"/api/photos/{classified.uuid}").status_code == 204
    worker.join(10)

    assert told == [True]
    assert not Photo.objects.exists()
    assert not Classification.objects.exists()
