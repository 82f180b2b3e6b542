"""Where the bytes are: originals under their SHA-256, thumbnails beside them, outputs by job.

Everything is written aside first and renamed once it is whole. Originals are on the disk by then; an output may get its
name before, and counts only once its bytes are there.
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
MAX_PREVIEWS = 40  # copies of about 8 MB that are kept
ABANDONED_AFTER_SECONDS = 24 * 3600  # then what is left in incoming/ belongs to nobody


def root() -> Path:
    """The folder of everything."""
    return Path(settings.STOPBATH_STORAGE)


def original(sha256: str) -> Path:
    """The original with that content."""
    return root() / "originals" / sha256[:2] / sha256[2:4] / sha256


def thumbnail(sha256: str) -> Path:
    """The thumbnail of the original with that content."""
    return root() / "thumbnails" / sha256[:2] / sha256[2:4] / f"{sha256}.jpg"


def outputs(job_uuid: str) -> Path:
    """The folder of what a job made."""
    return root() / "outputs" / job_uuid


def numbered_folder(folder: Path, position: int) -> Path:
    """The subfolder for what belongs to the item at that position."""
    return folder / str(position // ITEMS_PER_FOLDER)


def unfinished_pages(job_uuid: str) -> Path:
    """The folder of the pages of a job's long files that are not finished."""
    return outputs(job_uuid) / "unfinished"


def samples() -> Path:
    """The folder of sample photos, made once for everybody."""
    return root() / "samples"


def notes(job_uuid: str) -> Path:
    """The folder of notes about what a job has written into the folder of results."""
    return outputs(job_uuid) / "notes"


def imports(uuid: str) -> Path:
    """The folder of archives that an import has yet to unpack."""
    return root() / "imports" / uuid


def incoming() -> Path:
    """The folder where files arrive; on the same file system as the originals, so that they can be renamed."""
    folder = root() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def sweep_incoming() -> None:
    """Remove what killed processes left among the incoming files long ago. Called every hour by beat."""
    for path in incoming().iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def new_incoming(suffix: str = "") -> Path:
    """A new empty file among the incoming ones; the caller removes or renames it."""
    handle, name = tempfile.mkstemp(suffix, dir=incoming())
    os.close(handle)
    return Path(name)


@contextlib.contextmanager
def temporary_file(suffix: str = "") -> Iterator[Path]:
    """A new empty file among the incoming ones for the time of a with statement."""
    path = new_incoming(suffix)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder of its own for the time of a with statement."""
    with tempfile.TemporaryDirectory(dir=incoming()) as name:
        yield Path(name)


def keep_original(source: Path, sha256: str) -> None:
    """Move an arrived file, synced before, to the originals, with the present as its time.

    One that is there already stays. The caller holds the lock of the row of these bytes.
    """
    target = original(sha256)
    # Its time says since when a row has it: where an older database was restored, what is newer is left alone.
    if target.exists():
        renew(target)
    else:
        add_original(source, target)
        undecodable_mark(sha256).unlink(missing_ok=True)  # of a time when the original was missing
    # The same bytes are in their place now, and these were hashed a moment ago.
    for path in (target, thumbnail(sha256)):
        orphan_path(path).unlink(missing_ok=True)


def add_original(source: Path, target: Path) -> None:
    """Move a file to its place among the originals, where nobody writes to it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    renew(source)
    source.chmod(0o440)
    source.replace(target)
    sync(target.parent)


def renew(path: Path) -> None:
    """Give a file the present as its time, by the clock that rows get theirs from: the disk's may be another one."""
    now = time.time_ns()
    os.utime(path, ns=(now, now))


def orphan_path(path: Path) -> Path:
    """Where an original or a thumbnail goes that a rolled-back upload has left: the same path below orphans/."""
    return root() / "orphans" / path.relative_to(root())


def move(source: Path, target: Path) -> None:
    """Rename a file of the storage into a folder that is made when it is missing; the new name is on the disk then."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    sync(target.parent)


def keep_thumbnail(source: Path, sha256: str) -> None:
    """Move a thumbnail that was made aside to its place."""
    target = thumbnail(sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def preview(sha256: str, page: int = 1) -> Path:
    """The smaller copy of a page of an original from which previews are made."""
    return root() / "previews" / f"{sha256}-{page}.tif"


def reserve_preview(sha256: str, page: int = 1) -> Path:
    """The path of a preview about to be used; deletes the copies unused for longest, beyond MAX_PREVIEWS."""
    path = preview(sha256, page)
    with contextlib.suppress(FileNotFoundError):
        os.utime(path)
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):  # another process makes room, too
        latest = sorted(path.parent.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
        for old in latest[MAX_PREVIEWS - 1 :]:
            old.unlink()
    return path


def remove_original(sha256: str) -> None:
    """Delete an original and what was made of it for the screen."""
    # Not a pattern with the hash in it: a new one for each of thousands of files takes longer than to delete them.
    copies = [path for path in preview(sha256).parent.glob("*.tif") if path.name.startswith(f"{sha256}-")]
    for path in (original(sha256), thumbnail(sha256), undecodable_mark(sha256), *copies):
        path.unlink(missing_ok=True)


def undecodable_mark(sha256: str) -> Path:
    """A mark that no thumbnail can be made of that content: kept, so that nobody tries again."""
    return thumbnail(sha256).with_suffix(".none")


def output(relative: str) -> Path:
    """The output that a result names. Raises FileNotFoundError for a name that leads out of the outputs."""
    folder = (root() / "outputs").resolve()
    path = (root() / relative).resolve()
    if not path.is_relative_to(folder):
        raise FileNotFoundError(relative)
    return path


def output_thumbnail(output: Path) -> Path:
    """The thumbnail of an output: beside it, so that it goes with the job."""
    return output.with_name(f"{output.name}.small")


def remove_output(relative: str) -> None:
    """Delete an output and its thumbnail, and its folders when they are empty then."""
    path = output(relative)
    path.unlink(missing_ok=True)
    output_thumbnail(path).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # not empty, or gone already
        path.parent.rmdir()
        path.parent.parent.rmdir()


def remove_unfinished(job_uuid: str) -> None:
    """Delete the pages of long files that a job has not finished."""
    shutil.rmtree(unfinished_pages(job_uuid), ignore_errors=True)
    with contextlib.suppress(OSError):  # not empty, or never there
        outputs(job_uuid).rmdir()


def remove_notes(job_uuid: str) -> None:
    """Delete the notes about what a job has written into the folder of results."""
    shutil.rmtree(notes(job_uuid), ignore_errors=True)


def remove_outputs(job_uuid: str, until: float) -> bool:
    """Delete whatever is left of a job's outputs; False when there is more at that monotonic time.

    What the system does not let go stays, and the log names it.
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
    """Delete a file or an empty folder; an OSError is added to the problems."""
    try:
        call(path)
    except OSError as problem:
        problems.append(problem)


def remove_imports(uuid: str) -> None:
    """Delete the archives of an import."""
    shutil.rmtree(imports(uuid), ignore_errors=True)


@cache
def syncer() -> ThreadPoolExecutor:
    """The thread of this process that waits for the disk, so that nobody else has to."""
    return ThreadPoolExecutor(1, "syncer")


# A child has its parent's executor, but not its thread: its first output would be waited for for ever.
os.register_at_fork(after_in_child=syncer.cache_clear)
