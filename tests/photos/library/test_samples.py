"""Photos to try things with."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from photos.files import storage
from photos.library import uploads
from photos.library.uploads import add_samples
from photos.models import Photo
from project.accounts.models import User


def test_samples_fill_a_library_once(ana: User, as_ana: Client) -> None:
    first, again = add_samples(ana, 2), add_samples(ana, 2)

    assert [photo.pk for photo in again] == [photo.pk for photo in first]
    assert Photo.objects.visible_to(ana).count() == 2
    assert all(photo.taken_at for photo in first)
    assert as_ana.get(f"/api/photos/{first[0].uuid}/thumbnail").getvalue().startswith(b"\xff\xd8")


def test_samples_are_made_once_for_everybody(ana: User, ben: User, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers: list[int] = []
    usual = uploads.make_sample

    def counted(number: int, *args: Any) -> None:
        numbers.append(number)
        time.sleep(0.1)
        usual(number, *args)

    monkeypatch.setattr(uploads, "make_sample", counted)

    with ThreadPoolExecutor() as people:
        results = list(people.map(uploads.ensure_samples, [3, 3, 2]))
    photos = [*add_samples(ana, 3), *add_samples(ben, 3)]

    assert sorted(numbers) == [1, 2, 3]
    assert results == [results[0], results[0], results[0][:2]]
    assert [photo.name for photo in photos] == [f"sample-{number:02}.jpg" for number in (1, 2, 3)] * 2
    assert sorted(path.name for path in storage.samples().iterdir()) == ["lock", *(path.name for path in results[0])]
