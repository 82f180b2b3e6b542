"""Deleting jobs: what they had made goes from the disk, whoever is killed meanwhile."""

import errno
import os
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from jobs.models import Job
from jobs.recovery.rescue import rescue
from photos.files import storage
from photos.library import imports
from photos.models import Import, ImportedFile, Photo
from tests.jobs.work import clear_removed_jobs, reload, run_items
from tests.photos.kinds.test_processing import files_below, submit_job
from tests.photos.library.test_importing import uploaded, zipped

Add = Callable[..., Photo]


def test_a_deleted_job_takes_its_outputs_along_whatever_lies_among_them(as_ana: Client, ana: Any, add: Add) -> None:
    add()
    job, other = submit_job(as_ana), submit_job(as_ana)
    run_items(job)
    run_items(other)
    leftover = storage.unfinished_pages(str(job.uuid)) / "1.token"
    leftover.mkdir(parents=True)
    (leftover / "1.part").write_bytes(b"of a worker that was killed")

    reload(job).remove(by=ana, door="page")
    clear_removed_jobs()

    assert not storage.outputs(str(job.uuid)).exists()
    assert [path.name for path in (storage.root() / "outputs").iterdir()] == [str(other.uuid)]


def test_outputs_that_no_worker_comes_to_delete_are_deleted_by_the_rescuer(as_ana: Client, ana: Any, add: Add) -> None:
    add()
    job = submit_job(as_ana)
    run_items(job)

    reload(job).remove(by=ana, door="page")
    assert list(storage.outputs(str(job.uuid)).rglob("*.jpg"))

    for _ in range(100):  # each has a moment for it only
        if Job.everything.filter(pk=job.pk).exists():
            rescue()
    assert not storage.outputs(str(job.uuid)).exists()
    assert not Job.everything.filter(pk=job.pk).exists()


def test_an_output_that_cannot_be_deleted_is_told_and_the_others_go(
    as_ana: Client, ana: Any, add: Add, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in "ab":
        add(name=f"{name}.jpg")
    job = submit_job(as_ana)
    run_items(job)
    stuck, other = sorted(storage.outputs(str(job.uuid)).rglob("*.jpg"))
    usual = os.unlink

    def unlink(path: str) -> None:
        if path == str(stuck):
            raise OSError(errno.EPERM, "Operation not permitted", path)
        usual(path)

    monkeypatch.setattr(os, "unlink", unlink)
    reload(job).remove(by=ana, door="page")
    clear_removed_jobs()

    assert (stuck.exists(), other.exists()) == (True, False)
    assert f"Files of the deleted job {job.uuid} stay on the disk: [Errno 1] Operation not permitted" in caplog.text
    assert not Job.everything.filter(pk=job.pk).exists()


def test_a_deleted_import_takes_its_archives_and_its_list_along(
    as_ana: Client, ana: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "DELETION_BATCH_SIZE", 2)
    job = uploaded(as_ana, zipped({f"{number}.txt": b"no picture" for number in range(5)}))
    reload(job).cancel(by=ana, door="page")
    assert len(files_below(storage.root() / "imports")) == 1
    assert ImportedFile.objects.count() == 5

    reload(job).remove(by=ana, door="page")
    clear_removed_jobs()

    assert files_below(storage.root() / "imports") == []
    assert not ImportedFile.objects.exists()
    assert not Import.objects.exists()
