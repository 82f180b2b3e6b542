"""Results in the folder of a job that is cancelled, resumed, retried, discarded or deleted."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from jobs import queue
from jobs.models import Job
from jobs.recovery import rescue
from jobs.recovery.finalize import finalize_job
from photos.files import storage
from photos.models import Photo
from tests.jobs.work import reload, run_items, statuses
from tests.photos.delivered import MANIFEST, list_files, read_manifest, submit_three
from tests.photos.kinds.test_processing import submit_job

pytestmark = pytest.mark.usefixtures("results")

Add = Callable[..., Photo]


def test_a_cancelled_job_leaves_what_is_done_and_a_resume_writes_the_rest(
    as_ana: Client, ana: Any, add: Add, results: Path
) -> None:
    job = submit_three(as_ana, add)
    run_items(job, items=1)
    reload(job).cancel(by=ana, door="api")
    assert list_files(results) == ["x/a.jpg"]

    finalize_job(job.pk)
    assert [line["outcome"] for line in read_manifest(results / "x")] == ["succeeded", "skipped", "skipped"]

    reload(job).resume(by=ana, door="api")
    finalize_job(job.pk)  # a message that comes late does not get in the way
    run_items(reload(job))

    assert list_files(results) == [f"x/{name}" for name in ("a.jpg", "b.jpg", "c.jpg", *MANIFEST)]
    assert [line["outcome"] for line in read_manifest(results / "x")] == ["succeeded"] * 3


def test_a_worker_is_asked_for_the_manifest_of_a_job_that_was_cancelled(
    as_ana: Client, ana: Any, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[tuple[Any, ...]] = []
    monkeypatch.setattr(queue, "send_task_after_commit", lambda *call: messages.append(call))
    nothing_done, one_done = submit_three(as_ana, add), submit_job(as_ana, deliver="x")
    run_items(one_done, items=1)
    for job in (nothing_done, one_done):
        reload(job).cancel(by=ana, door="api")

    assert messages == [("jobs.wrap_up", one_done.pk)]


def test_a_retry_writes_what_had_failed(as_ana: Client, ana: Any, add: Add, results: Path) -> None:
    job = submit_three(as_ana, add)
    (results / "x").mkdir()
    hidden = Photo.objects.get(name="b.jpg").file.path
    content = hidden.read_bytes()
    hidden.unlink()
    run_items(job)
    assert list_files(results) == [f"x/{name}" for name in ("a.jpg", "c.jpg", *MANIFEST)]

    hidden.write_bytes(content)
    reload(job).retry(by=ana, door="api")
    run_items(reload(job))

    assert list_files(results) == [f"x/{name}" for name in ("a.jpg", "b.jpg", "c.jpg", *MANIFEST)]
    assert [line["output"] for line in read_manifest(results / "x")] == ["a.jpg", "b.jpg", "c.jpg"]


def test_discard_takes_back_what_the_job_has_written_and_nothing_else(
    as_ana: Client, ana: Any, add: Add, results: Path
) -> None:
    (results / "x").mkdir()
    (results / "x/a.jpg").write_text("somebody's")
    job = submit_three(as_ana, add)
    run_items(job, items=2)
    (results / "x/b.jpg").write_text("changed by somebody since")
    reload(job).cancel(by=ana, door="api", discard=True)
    rescue.discard(reload(job))

    assert list_files(results) == ["x/a.jpg", "x/b.jpg"]
    assert (reload(job).settled, statuses(job)) == (True, ["skipped"] * 3)
    assert not storage.outputs(str(job.uuid)).exists()


def test_a_manifest_that_was_being_made_when_all_was_dropped_or_deleted_is_taken_back_or_forgotten(
    as_ana: Client, ana: Any, add: Add, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drop(job: Job) -> list[Path]:
        reload(job).cancel(by=ana, door="api", discard=True)
        rescue.discard(reload(job))
        return []

    def delete(job: Job) -> list[Path]:
        reload(job).remove(by=ana, door="api")
        return []

    for meanwhile, remaining in ((drop, []), (delete, ["x/a.jpg", *(f"x/{name}" for name in MANIFEST)])):
        job = submit_three(as_ana, add)
        run_items(job, items=1)
        reload(job).cancel(by=ana, door="api")
        monkeypatch.setattr("photos.kinds.delivery.catalogue_files", meanwhile)
        finalize_job(job.pk)

        assert list_files(results) == remaining
        assert not storage.outputs(str(job.uuid)).exists()


def test_discard_takes_its_empty_folders_along(as_ana: Client, ana: Any, add: Add, results: Path) -> None:
    add(name="a.jpg", path="Summer/Rome")
    add(name="b.jpg")
    job = submit_job(as_ana, deliver="x/y")
    run_items(job, items=2)
    reload(job).cancel(by=ana, door="api", discard=True)
    rescue.discard(reload(job))

    assert list(results.iterdir()) == []


def test_a_discarded_job_is_written_anew_after_a_resume(as_ana: Client, ana: Any, add: Add, results: Path) -> None:
    job = submit_three(as_ana, add)
    run_items(job, items=2)
    reload(job).cancel(by=ana, door="api", discard=True)
    rescue.discard(reload(job))
    reload(job).resume(by=ana, door="api")
    run_items(reload(job))

    assert list_files(results) == [f"x/{name}" for name in ("a.jpg", "b.jpg", "c.jpg", *MANIFEST)]


def test_a_discard_ends_although_a_file_cannot_be_taken_back(
    as_ana: Client, ana: Any, add: Add, results: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def broken(name: str, **kwargs: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    job = submit_three(as_ana, add)
    run_items(job, items=1)
    reload(job).cancel(by=ana, door="api", discard=True)
    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", broken)
        patched.setattr(Path, "unlink", lambda self, missing_ok=False: None)
        rescue.discard(reload(job))

    assert reload(job).settled
    assert list_files(results) == ["x/a.jpg"]
    assert "could not be taken back from the folder of results: [Errno 30] Read-only file system" in caplog.text


def test_deleting_the_job_leaves_what_was_written(as_ana: Client, ana: Any, add: Add, results: Path) -> None:
    job = submit_three(as_ana, add)
    run_items(job)
    reload(job).remove(by=ana, door="api")

    assert list_files(results) == [f"x/{name}" for name in ("a.jpg", "b.jpg", "c.jpg", *MANIFEST)]
