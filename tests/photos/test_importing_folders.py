"""Folders become jobs that bring what is in them into the library."""

import os
from pathlib import Path
from typing import Any

from django.test import Client

from jobs.models import Job
from photos import imports
from tests.engine.work import fresh, statuses, work
from tests.photos.pictures import jpeg
from tests.photos.test_importing import errors, library, zipped


def folder_of(tmp_path: Path) -> Path:
    folder = tmp_path / "Trip"
    (folder / "Day 1").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(jpeg())
    (folder / "Day 1" / "b.jpg").write_bytes(jpeg())
    (folder / ".hidden.jpg").write_bytes(jpeg())
    (folder / "c.zip").write_bytes(zipped({"in/c.jpg": jpeg()}))
    return folder


def imported(owner: Any, *paths: Path) -> Job:
    listing = imports.Listing(owner)
    for path in paths:
        listing.add(path)
    job = imports.submit(listing, door="command")
    work(job)
    return job


def test_a_folder_is_taken_in_with_everything_below_it(ana: Any, tmp_path: Path) -> None:
    job = imported(ana, folder_of(tmp_path))

    assert fresh(job).status == "completed"
    assert library() == ["Trip/Day 1/b.jpg", "Trip/a.jpg", "Trip/in/c.jpg"]
    assert (tmp_path / "Trip" / "c.zip").exists()


def test_links_pipes_and_locked_folders_are_told_and_never_opened(ana: Any, as_ana: Client, tmp_path: Path) -> None:
    folder = tmp_path / "Trip"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(jpeg())
    (folder / "link.jpg").symlink_to(folder / "a.jpg")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.jpg")
    (folder / "broken.zip").write_bytes(b"PK\x03\x04")

    job = imported(ana, folder)

    assert errors(as_ana, job) == {
        "a.jpg": "", "broken.zip": "The archive is damaged and cannot be opened",
        "link.jpg": "This is a link; links are not followed", "loop": "This is a link; links are not followed",
        "pipe.jpg": "This is no file but a device or a pipe",
    }  # fmt: skip


def test_a_name_of_any_bytes_can_be_imported(ana: Any, tmp_path: Path) -> None:
    folder = tmp_path / "Trip"
    folder.mkdir()
    (folder / os.fsdecode(b"caf\xe9.jpg")).write_bytes(jpeg())

    job = imported(ana, folder)

    assert statuses(job) == ["succeeded"]
    assert library() == ["Trip/caf.jpg"]


def test_a_file_that_is_gone_by_then_fails_in_words(ana: Any, as_ana: Client, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    listing = imports.Listing(ana)
    listing.add(folder)
    job = imports.submit(listing, door="command")
    (folder / "a.jpg").unlink()

    work(job)

    assert errors(as_ana, job)["a.jpg"] == "The file is no longer where it was"
