"""Jobs that may not write into the folder of results: a wrong folder, nothing to write, no room."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from jobs.models import Job
from photos.files import storage
from photos.library import disk_space
from photos.models import Photo, StoredFile
from tests.photos.api.test_submitting import submit
from tests.photos.pictures import picture

pytestmark = pytest.mark.usefixtures("results")

Add = Callable[..., Photo]


@pytest.mark.parametrize(
    ("folder", "sentence"),
    [
        ("../elsewhere", "must lie inside"),
        ("/etc", "must lie inside"),
        ("a/../../b", "must lie inside"),
        ("C:\\photos", "must lie inside"),
        ("..", "must lie inside"),
        (" . ", "must lie inside"),
        ("\u202e", "must lie inside"),
        ("x" * 201, "may have at most 200 characters"),
        (7, "deliver must be true, or the name of a folder"),
        (["x"], "deliver must be true, or the name of a folder"),
        ({"folder": "x"}, "deliver must be true, or the name of a folder"),
    ],
)
def test_a_folder_that_makes_no_sense_is_refused(as_ana: Client, add: Add, folder: Any, sentence: str) -> None:
    add()
    response = submit(as_ana, photos="all", deliver=folder)

    assert response.status_code == 400
    assert sentence in response.json()["error"]
    assert sentence in response.json()["fields"]["deliver"]
    assert not Job.objects.exists()


def test_without_the_setting_the_key_is_refused(as_ana: Client, add: Add, settings: Any) -> None:
    settings.STOPBATH_RESULTS = None
    add()
    response = submit(as_ana, photos="all", deliver=True)

    assert (response.status_code, response.json()["error"]) == (
        400, "This server has no folder of results: its operator has not set STOPBATH_RESULTS.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"steps": [], "classify": True}, "There would be no results: choose a step or a catalogue."),
        ({"kind": "reclassify", "steps": "absent"}, "Only jobs of the kind process write results."),
    ],
)
def test_a_job_that_makes_nothing_is_refused(as_ana: Client, add: Add, body: dict[str, Any], sentence: str) -> None:
    add()
    response = submit(as_ana, photos="all", deliver=True, **body)

    assert (response.status_code, response.json()["error"]) == (400, sentence)


@pytest.mark.parametrize(
    ("free", "sentence"),
    [
        ((1000, 50), "The outputs need about 80.0 GB, and 50.0 GB are free in the folder of results: make room first."),
        ((50, 1000), "The outputs need about 80.0 GB, and 50.0 GB are free: make room first."),
    ],
)
def test_room_is_asked_for_on_both_disks(
    as_ana: Client, add: Add, results: Path, monkeypatch: pytest.MonkeyPatch, free: tuple[int, int], sentence: str
) -> None:
    cache.clear()
    StoredFile.objects.filter(pk=add().file_id).update(size=80_000_000_000)
    places = [
        disk_space.Destination(storage.root()),
        disk_space.Destination(results, where=" in the folder of results"),
    ]
    usage = {place.folder: type("Usage", (), {"free": gb * 10**9}) for place, gb in zip(places, free, strict=True)}
    monkeypatch.setattr(shutil, "disk_usage", usage.__getitem__)
    monkeypatch.setattr(disk_space, "destinations", lambda folder: places if folder else places[:1])

    response = submit(as_ana, photos="all", deliver=True, steps=[{"operation": "flip"}])

    cache.clear()
    assert (response.status_code, response.json()["error"]) == (507, sentence)


def test_on_one_disk_there_must_be_room_for_two(as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    StoredFile.objects.filter(pk=add().file_id).update(size=80_000_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: type("Usage", (), {"free": 100 * 10**9}))

    once, twice = (
        submit(as_ana, photos="all", deliver=deliver, steps=[{"operation": "flip"}]) for deliver in (False, True)
    )

    cache.clear()
    assert (once.status_code, twice.status_code) == (201, 507)
    assert "need about 160.0 GB" in twice.json()["error"]


def test_a_folder_that_is_away_is_told_before_the_start(as_ana: Client, add: Add, results: Path) -> None:
    add(picture(".png"))
    results.rmdir()
    response = submit(as_ana, photos="all", deliver=True)

    assert (response.status_code, response.json()["error"]) == (
        503, "The folder of results cannot be reached: tell whoever runs this server.",
    )  # fmt: skip
