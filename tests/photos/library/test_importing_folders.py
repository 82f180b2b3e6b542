"""Folders become jobs that bring what is in them into the library."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from jobs.clock import database_now
from jobs.errors import Refused
from jobs.models import Job
from photos.files import storage
from photos.library import imports
from photos.models import Import, ImportedFile
from tests.broker import broker_in_memory
from tests.jobs.work import reload, run_items, statuses
from tests.photos.library.test_importing import errors, library, zipped
from tests.photos.pictures import jpeg


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
    run_items(job)
    return job


def test_a_folder_is_taken_in_with_everything_below_it(ana: Any, tmp_path: Path) -> None:
    job = imported(ana, folder_of(tmp_path))

    assert reload(job).status == "completed"
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
        "pipe.jpg": "This is a device or a pipe, not a file",
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

    run_items(job)

    assert errors(as_ana, job)["a.jpg"] == "The file is no longer where it was"


def listed(owner: Any, folder: Path, files: int = 5) -> imports.Listing:
    folder.mkdir()
    for number in range(files):
        (folder / f"{number}.jpg").write_bytes(b"bytes")
    listing = imports.Listing(owner)
    listing.add(folder)
    return listing


@pytest.mark.django_db(transaction=True)
def test_a_listing_is_written_in_pieces_while_it_is_made(
    ana: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH_SIZE", 2)
    looks, usual = [], imports.name_fields

    def shown(path: str) -> dict[str, str]:
        looks.append((ImportedFile.objects.count(), connection.in_atomic_block))
        return usual(path)

    monkeypatch.setattr(imports, "name_fields", shown)
    with broker_in_memory():
        job = imports.submit(listed(ana, tmp_path / "Trip"), door="command")

    assert looks == [(0, False), (0, False), (2, False), (2, False), (4, False)]
    assert (job.counts.total, Import.objects.get().job_uuid, ImportedFile.objects.count()) == (5, job.uuid, 5)


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, Refused("The disk is full.")])
def test_a_listing_that_does_not_become_a_job_leaves_nothing(
    ana: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Any
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise trouble

    listing = listed(ana, tmp_path / "Trip")
    (tmp_path / "kept.zip").write_bytes(zipped({"a.jpg": b"bytes"}))
    monkeypatch.setattr(Job, "submit", refuse)

    with pytest.raises((KeyboardInterrupt, Refused)):
        imports.submit(listing, door="api", keep=[tmp_path / "kept.zip"])

    assert not Import.objects.exists()
    assert not ImportedFile.objects.exists()
    assert not [*storage.root().glob("imports/*")]


def test_a_folder_without_files_is_no_import(ana: Any, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="There is nothing to import"):
        imports.submit(listed(ana, tmp_path / "Trip", files=0), door="command")

    assert not Import.objects.exists()


def test_a_listing_whose_job_came_to_be_is_kept_although_the_answer_was_lost(
    ana: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = imports.submit_batch

    def answer_lost(*arguments: Any) -> None:
        usual(*arguments)
        raise ConnectionError

    monkeypatch.setattr(imports, "submit_batch", answer_lost)
    with pytest.raises(ConnectionError):
        imports.submit(listed(ana, tmp_path / "Trip"), door="command")

    assert ImportedFile.objects.filter(batch__job_uuid=Job.objects.get().uuid).count() == 5


def test_what_a_process_had_listed_that_was_killed_goes_with_a_later_import(ana: Any, tmp_path: Path) -> None:
    old, young = Import.objects.create(owner=ana), Import.objects.create(owner=ana)
    Import.objects.filter(pk=old.pk).update(created_at=database_now() - timedelta(days=2))
    for batch in (old, young):
        ImportedFile.objects.create(batch=batch, name="a.jpg")
        (storage.imports(str(batch.uuid))).mkdir(parents=True)

    job = imports.submit(listed(ana, tmp_path / "Trip"), door="command")

    assert set(Import.objects.values_list("job_uuid", flat=True)) == {None, job.uuid}
    assert not Import.objects.filter(pk=old.pk).exists()
    assert (storage.imports(str(old.uuid)).exists(), storage.imports(str(young.uuid)).exists()) == (False, True)
