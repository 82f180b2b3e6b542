"""The files of the storage: originals and thumbnails by the SHA-256 of the original, outputs by job.

Every file is written under a temporary name and renamed when complete. An original is synced before the rename. An
output may be renamed before it is synced, but its item succeeds only afterwards.
"""

import contextlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from django.conf import settings

from photos.imaging.atomic_file import sync

logger = logging.getLogger(__name__)

ORIGINAL_MISSING = "The original is missing from the storage"
ITEMS_PER_FOLDER = 1000  # positions whose outputs share a folder: large folders are slow
MAX_PREVIEWS = 40  # copies of about 8 MB each
ABANDONED_AFTER_SECONDS = 24 * 3600  # age at which a file in incoming/ is removed


def root() -> Path:
    """The folder of the storage, from STOPBATH_STORAGE."""
    return Path(settings.STOPBATH_STORAGE)


def original(sha256: str) -> Path:
    """The path of the original with that SHA-256; the file may be missing."""
    return root() / "originals" / sha256[:2] / sha256[2:4] / sha256


def thumbnail(sha256: str) -> Path:
    """The path of the thumbnail of the original with that SHA-256; the file may be missing."""
    return root() / "thumbnails" / sha256[:2] / sha256[2:4] / f"{sha256}.jpg"


def outputs(job_uuid: str) -> Path:
    """The folder of a job's outputs."""
    return root() / "outputs" / job_uuid


def numbered_folder(folder: Path, position: int) -> Path:
    """The subfolder for the item at `position`: each holds the files of `ITEMS_PER_FOLDER` items."""
    return folder / str(position // ITEMS_PER_FOLDER)


def unfinished_pages(job_uuid: str) -> Path:
    """The folder of finished pages of a job's multi-page files that are still in progress."""
    return outputs(job_uuid) / "unfinished"


def samples() -> Path:
    """The folder of sample photos, which all users share."""
    return root() / "samples"


def notes(job_uuid: str) -> Path:
    """The folder of a job's notes: each records where an output lies in the folder of results."""
    return outputs(job_uuid) / "notes"


def imports(uuid: str) -> Path:
    """The folder of uploaded archives that an import still reads."""
    return root() / "imports" / uuid


def incoming() -> Path:
    """The folder of incoming files; on the file system of the originals, so that a rename moves a file."""
    folder = root() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def sweep_incoming() -> None:
    """Remove incoming files that killed processes left `ABANDONED_AFTER_SECONDS` ago. Beat sends this every hour."""
    for path in incoming().iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def new_incoming(suffix: str = "") -> Path:
    """A new empty file in the folder of incoming files; the caller removes or renames it."""
    handle, name = tempfile.mkstemp(suffix, dir=incoming())
    os.close(handle)
    return Path(name)


@contextlib.contextmanager
def temporary_file(suffix: str = "") -> Iterator[Path]:
    """A new empty file in the folder of incoming files, removed at the end of the with statement."""
    path = new_incoming(suffix)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder in the folder of incoming files, removed at the end of the with statement."""
    with tempfile.TemporaryDirectory(dir=incoming()) as name:
        yield Path(name)


def keep_original(source: Path, sha256: str) -> None:
    """Move a synced incoming file to the originals and set its time to now; an existing original stays.

    The caller holds the lock of the row with this hash.
    """
    target = original(sha256)
    # Its time shows how old its row is. After the restore of an older database, newer originals are never moved.
    if target.exists():
        renew(target)
    else:
        add_original(source, target)
        undecodable_mark(sha256).unlink(missing_ok=True)  # of a time when the original was missing
    # Orphans of the same bytes are superfluous now: the stored ones were hashed a moment ago.
    for path in (target, thumbnail(sha256)):
        orphan_path(path).unlink(missing_ok=True)


def add_original(source: Path, target: Path) -> None:
    """Move a file to the originals, read-only, and sync its folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    renew(source)
    source.chmod(0o440)
    source.replace(target)
    sync(target.parent)


def renew(path: Path) -> None:
    """Set a file's time to now by this machine's clock, like the times of rows: a network disk may have another."""
    now = time.time_ns()
    os.utime(path, ns=(now, now))


def orphan_path(path: Path) -> Path:
    """The path below orphans/ to which an original or thumbnail of a rolled-back upload is moved."""
    return root() / "orphans" / path.relative_to(root())


def move(source: Path, target: Path) -> None:
    """Rename a file inside the storage, and sync the target's folder, created if it is missing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    sync(target.parent)


def keep_thumbnail(source: Path, sha256: str) -> None:
    """Move a temporary file to the thumbnails."""
    target = thumbnail(sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)  # without a sync: a lost thumbnail is made again


def preview(sha256: str, page: int = 1) -> Path:
    """The path of the screen-size copy of a page, from which previews are rendered. Pages count from 1."""
    return root() / "previews" / f"{sha256}-{page}.tif"


def reserve_preview(sha256: str, page: int = 1) -> Path:
    """The path of the screen-size copy of a page, marked as used now.

    If there is no such copy, deletes the copies unused for longest, until fewer than `MAX_PREVIEWS` are left.
    """
    path = preview(sha256, page)
    with contextlib.suppress(FileNotFoundError):
        os.utime(path)
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):  # another process deletes copies, too
        latest = sorted(path.parent.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
        for old in latest[MAX_PREVIEWS - 1 :]:
            old.unlink()
    return path


def remove_original(sha256: str) -> None:
    """Delete an original, its thumbnail and its screen-size copies."""
    # Not a pattern with the hash in it: to compile one for each of thousands of files takes longer than the deletes.
    copies = [path for path in preview(sha256).parent.glob("*.tif") if path.name.startswith(f"{sha256}-")]
    for path in (original(sha256), thumbnail(sha256), undecodable_mark(sha256), *copies):
        path.unlink(missing_ok=True)


def undecodable_mark(sha256: str) -> Path:
    """The path of the mark that the original with that SHA-256 cannot be decoded for a thumbnail."""
    return thumbnail(sha256).with_suffix(".none")


def output(relative: str) -> Path:
    """The path of the output that a result names. Raises FileNotFoundError for a name that leads out of the outputs."""
    folder = (root() / "outputs").resolve()
    path = (root() / relative).resolve()
    if not path.is_relative_to(folder):
        raise FileNotFoundError(relative)
    return path


def output_thumbnail(output: Path) -> Path:
    """The path of an output's thumbnail: beside the output, so that both are deleted with the job."""
    return output.with_name(f"{output.name}.small")


def remove_output(relative: str) -> None:
    """Delete an output, its thumbnail, and its folders once they are empty."""
    path = output(relative)
    path.unlink(missing_ok=True)
    output_thumbnail(path).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # not empty, or deleted already
        path.parent.rmdir()
        path.parent.parent.rmdir()


def remove_unfinished(job_uuid: str) -> None:
    """Delete the pages of a job's files that are still in progress."""
    shutil.rmtree(unfinished_pages(job_uuid), ignore_errors=True)
    with contextlib.suppress(OSError):  # not empty, or never there
        outputs(job_uuid).rmdir()


def remove_notes(job_uuid: str) -> None:
    """Delete a job's notes about deliveries."""
    shutil.rmtree(notes(job_uuid), ignore_errors=True)


def remove_outputs(job_uuid: str, until: float) -> bool:
    """Delete all outputs of a job; False if `until`, a monotonic time, came before the end.

    A file that cannot be deleted stays, and the log names it.
    """
    problems: list[OSError] = []
    for folder, _, names in os.walk(outputs(job_uuid), topdown=False, onerror=problems.append):
        for name in names:
            if time.monotonic() > until:
                return False
            try_removing(os.unlink, f"{folder}/{name}", problems)
        try_removing(os.rmdir, folder, problems)
    if stuck := [problem for problem in problems if not isinstance(problem, FileNotFoundError)]:
        logger.error("Files of the deleted job %s stay on the disk: %s", job_uuid, stuck[0])
    return True


def try_removing(call: Callable[[str], None], path: str, problems: list[OSError]) -> None:
    try:
        call(path)
    except OSError as problem:
        problems.append(problem)


def remove_imports(uuid: str) -> None:
    """Delete the uploaded archives of an import."""
    shutil.rmtree(imports(uuid), ignore_errors=True)


@cache
def syncer() -> ThreadPoolExecutor:
    """The executor whose one thread waits for the disk, so that no lane has to."""
    return ThreadPoolExecutor(1, "syncer")


# A forked child inherits the executor without its thread: the first output would wait for its sync for ever.
os.register_at_fork(after_in_child=syncer.cache_clear)
