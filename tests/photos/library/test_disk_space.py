"""A job whose outputs cannot fit on the disk is refused before it starts."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from jobs.models import Job
from photos.library import disk_space
from photos.models import Photo, StoredFile
from tests.photos.api.test_submitting import submit
from tests.photos.pictures import picture

Add = Callable[..., Photo]
LARGE = 80_000_000_000
CONVERT = [{"operation": "convert", "options": {"format": "png"}}]
SMALLER = [{"operation": "resize", "options": {"longest_edge": 600}}]


@pytest.fixture(autouse=True)
def unknown_sizes() -> Iterator[None]:
    """Forget the sizes that another test has cached."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def little_disk_space(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk with half the free space that the output of a large photo needs."""
    usage = type("Usage", (), {"free": LARGE // 2})
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)


def enlarge(photo: Photo) -> Photo:
    StoredFile.objects.filter(pk=photo.file_id).update(size=LARGE)
    return photo


@pytest.mark.usefixtures("little_disk_space")
def test_outputs_that_cannot_fit_are_refused_in_words(as_ana: Client, add: Add) -> None:
    enlarge(add())

    response = submit(as_ana, photos="all", steps=CONVERT)

    assert response.status_code == 507
    assert response.json()["error"] == "The outputs need about 400.0 GB, and 40.0 GB are free: make room first."
    assert not Job.objects.exists()


@pytest.mark.usefixtures("little_disk_space")
def test_only_what_is_chosen_counts(as_ana: Client, add: Add) -> None:
    enlarge(add())
    small = add()

    assert submit(as_ana, photos=[str(small.uuid)], steps=CONVERT).status_code == 201


@pytest.mark.usefixtures("little_disk_space")
def test_pictures_that_become_small_need_little(as_ana: Client, add: Add) -> None:
    enlarge(add())

    assert submit(as_ana, photos="all", steps=SMALLER).status_code == 201


ALIKE = [{"operation": "rotate", "options": {}}]
TWICE_AS_LONG = [{"operation": "resize", "options": {"percent": 200, "enlarge": True}}]
ARCHIVE = [{"operation": "convert", "options": {"format": "tiff"}}]
LOSSLESS_WEBP = [{"operation": "convert", "options": {"format": "webp", "lossless": True}}]
LIMITED = [*ARCHIVE, {"operation": "target-size", "options": {"kilobytes": 500}}]


@pytest.mark.parametrize(
    ("suffix", "steps", "needed"),
    [
        (".jpg", ALIKE, "80.0"),
        (".jpg", TWICE_AS_LONG, "160.0"),
        (".jpg", ARCHIVE, "320.0"),
        (".webp", ARCHIVE, "320.0"),
        (".png", ARCHIVE, "80.0"),
        (".jpg", LOSSLESS_WEBP, "240.0"),
        (".jpg", [*TWICE_AS_LONG, *ARCHIVE], "640.0"),
        (".jpg", LIMITED, "80.0"),
    ],
)
@pytest.mark.usefixtures("little_disk_space")
def test_outputs_that_grow_need_more_space(as_ana: Client, add: Add, suffix: str, steps: Any, needed: str) -> None:
    enlarge(add(picture(suffix), name=f"a{suffix}"))

    error = submit(as_ana, photos="all", steps=steps).json()["error"]

    assert error == f"The outputs need about {needed} GB, and 40.0 GB are free: make room first."


@pytest.mark.usefixtures("little_disk_space")
def test_a_job_that_writes_no_outputs_needs_no_space(as_ana: Client, add: Add) -> None:
    enlarge(add())

    assert submit(as_ana, photos="all", steps=[], catalogue=True).status_code == 201


def test_where_there_is_room_for_everything_sizes_are_not_added_up(
    as_ana: Client, add: Add, django_assert_max_num_queries: Any
) -> None:
    add()
    submit(as_ana, photos="all", steps=CONVERT)

    with django_assert_max_num_queries(30) as queries:
        submit(as_ana, photos="all", steps=CONVERT)

    assert not [query for query in queries if 'SUM("photos_storedfile"' in query["sql"]]


def test_the_sizes_of_all_originals_are_looked_up_once_in_a_minute(
    db: None, add: Add, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        disk_space.cached_original_bytes()
        disk_space.cached_original_bytes()
    enlarge(add())
    assert LARGE not in disk_space.cached_original_bytes().values()

    cache.delete(disk_space.CACHE_KEY)  # as it is after a minute

    assert disk_space.cached_original_bytes() == {"jpeg": LARGE}
