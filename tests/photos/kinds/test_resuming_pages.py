"""A long file that was stopped goes on at its first unfinished page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from jobs.models import Job
from jobs.recovery.rescue import discard
from jobs.worker import lanes
from jobs.worker.watcher import Watch
from photos.files import storage
from photos.imaging import atomic_file
from photos.models import Photo
from tests.jobs.work import clear_removed_jobs, reload, run_items, statuses, take_turn
from tests.photos.imaging import documents
from tests.photos.kinds.test_processing import files_below, items, submit_job

Add = Callable[..., Photo]
PAGES = 6
RESIZE = {"operation": "resize", "options": {"longest_edge": 100}}
TO_TIFF = {"operation": "convert", "options": {"format": "tiff"}}


class Pages:
    """Counts the pages that were written, and acts after one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.written = 0
        self.after: dict[int, Callable[[], None]] = {}
        self.synced = atomic_file.sync
        monkeypatch.setattr(atomic_file, "sync", self.note)

    def note(self, path: Path) -> None:
        self.synced(path)
        self.written += path.suffix == ".part"  # not an output that has its name already
        if act := self.after.pop(self.written, None):
            act()

    def since(self) -> int:
        count, self.written = self.written, 0
        return count


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    """A counter of the pages that are written."""
    return Pages(monkeypatch)


@pytest.fixture
def book(add: Add, tmp_path: Path) -> Photo:
    """A PDF of six pages in the library."""
    path = documents.write_text_pdf(tmp_path / "book.pdf", [f"Page {number + 1}" for number in range(PAGES)])
    return add(path.read_bytes(), name="book.pdf")


def stopped_after(job: Job, pages: Pages, count: int, by: Any, **how: bool) -> None:
    """Process the job, and cancel it after `count` pages, as a watcher does."""
    lane = take_turn(job)
    watch = Watch(lane)

    def stop() -> None:
        reload(job).cancel(by=by, door="page", **how)
        watch.read()

    pages.after[count] = stop
    lanes.Turn(lane, watch, seconds=0, max_items=1).run()


def output(client: Client, job: Job) -> bytes:
    """The output of the job's only file."""
    (item,) = items(client, job)
    content: bytes = client.get(item["output"]["url"]).getvalue()
    return content


def uninterrupted(client: Client, pages: Pages, *steps: dict[str, Any]) -> bytes:
    """The output of the same job without a stop."""
    job = submit_job(client, steps=list(steps))
    run_items(job)
    pages.since()
    return output(client, job)


def unfinished(job: Job) -> list[Path]:
    """The pages of the file in progress."""
    return files_below(storage.unfinished_pages(str(job.uuid)))


@pytest.mark.parametrize("steps", [[RESIZE], [TO_TIFF]], ids=str)
def test_a_resume_makes_only_the_pages_that_are_missing(
    as_ana: Client, ana: Any, book: Photo, pages: Pages, steps: list[dict[str, Any]]
) -> None:
    whole = uninterrupted(as_ana, pages, *steps)
    job = submit_job(as_ana, steps=steps)

    stopped_after(job, pages, 3, ana)
    assert (statuses(job), reload(job).settled, pages.since()) == (["skipped"], True, 3)
    assert len(unfinished(job)) == 3
    reload(job).resume(by=ana, door="page")
    run_items(job)

    assert (statuses(job), pages.since()) == (["succeeded"], PAGES - 3)
    assert output(as_ana, job) == whole
    assert len(files_below(storage.outputs(str(job.uuid)))) == 1


def test_pages_of_a_worker_that_was_killed_are_used_too(as_ana: Client, ana: Any, book: Photo, pages: Pages) -> None:
    whole = uninterrupted(as_ana, pages, RESIZE)
    job = submit_job(as_ana, steps=[RESIZE])
    stopped_after(job, pages, 2, ana)
    (folder,) = storage.unfinished_pages(str(job.uuid)).iterdir()
    (folder / ".half.part").write_bytes(b"half a page")  # what a kill leaves behind
    pages.since()

    reload(job).resume(by=ana, door="page")
    run_items(job)

    assert pages.since() == PAGES - 2
    assert output(as_ana, job) == whole


def test_an_attempt_takes_the_pages_away_from_one_that_has_lost_the_file(
    as_ana: Client, ana: Any, book: Photo, pages: Pages
) -> None:
    job = submit_job(as_ana, steps=[RESIZE])
    stopped_after(job, pages, 2, ana)
    (before,) = storage.unfinished_pages(str(job.uuid)).iterdir()
    reload(job).resume(by=ana, door="page")

    stopped_after(job, pages, pages.written + 1, ana)

    (after,) = storage.unfinished_pages(str(job.uuid)).iterdir()
    assert not before.exists()
    assert len(files_below(after)) == 3


def test_nothing_half_done_is_shown(as_ana: Client, ana: Any, book: Photo, pages: Pages) -> None:
    job = submit_job(as_ana, steps=[RESIZE])

    stopped_after(job, pages, 3, ana)

    assert items(as_ana, job) == []
    assert list(storage.outputs(str(job.uuid)).rglob("*.pdf")) == []


def test_a_cancel_that_discards_drops_finished_pages(as_ana: Client, ana: Any, book: Photo, pages: Pages) -> None:
    job = submit_job(as_ana, steps=[RESIZE])

    stopped_after(job, pages, 3, ana, discard=True)
    discard(reload(job))

    assert reload(job).settled
    assert unfinished(job) == []


def test_a_deleted_job_takes_its_finished_pages_along(
    as_ana: Client, ana: Any, book: Photo, pages: Pages, django_capture_on_commit_callbacks: Any
) -> None:
    job = submit_job(as_ana, steps=[RESIZE])
    stopped_after(job, pages, 3, ana)

    with django_capture_on_commit_callbacks(execute=True):
        assert as_ana.delete(f"/api/jobs/{job.uuid}").status_code == 204
    clear_removed_jobs()

    assert not storage.outputs(str(job.uuid)).exists()


def test_a_file_that_fails_keeps_no_pages(as_ana: Client, book: Photo, pages: Pages) -> None:
    content = book.file.path.read_bytes()
    job = submit_job(as_ana, steps=[RESIZE])

    def damage() -> None:
        book.file.path.chmod(0o600)
        book.file.path.write_bytes(content[:2000])

    pages.after[2] = damage
    run_items(job)

    assert statuses(job) == ["failed"]
    assert files_below(storage.outputs(str(job.uuid))) == []
