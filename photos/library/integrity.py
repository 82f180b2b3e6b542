"""Compares the storage with the database in both directions: originals, thumbnails and outputs.

Nothing is deleted. Files of rolled-back uploads may be moved into orphans/; an upload of the same bytes restores them.
Memory stays bounded: a pass reads a folder of originals, or a thousand items of a job, at a time.
"""

import hashlib
import logging
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from jobs.models import Item, Job
from jobs.text import as_uuid
from photos.files import storage
from photos.files.storage import ITEMS_PER_FOLDER
from photos.models import Photo, StoredFile

logger = logging.getLogger(__name__)

ORIGINALS, THUMBNAILS, OUTPUTS, ORPHANS = "originals", "thumbnails", "outputs", "orphans"
NO_ROW, NO_FILE, WRONG_SIZE, WRONG_HASH, UNREADABLE = (
    "file-without-row", "row-without-file", "wrong-size", "wrong-hash", "unreadable",
)  # fmt: skip
NEWER_NOTE = "It is newer than the newest row, so the database may be an older one: it is never moved"
IN_ORPHANS_NOTE = "It is in orphans/: --quarantine brings it back"
THUMBNAIL_NOTE = "It is made again when the photo is next shown"

SHARDS = tuple(f"{number:02x}" for number in range(256))  # folders of originals, by the first byte of their hash
SHA256 = re.compile(r"[0-9a-f]{64}")
FOLDERS_BY_SUFFIX = {"": ORIGINALS, ".jpg": THUMBNAILS, ".none": THUMBNAILS}  # by the suffix of a file's name
PLACEHOLDER_FIELDS = {"size": 0, "format": "", "width": 0, "height": 0}


@dataclass(frozen=True)
class Difference:
    """A file without its row, a row without its file, or a file with wrong contents."""

    problem: str
    file: str  # below the storage
    note: str = ""
    moved_to: str | None = None  # below the storage

    def as_dict(self) -> dict[str, Any]:
        """The difference for JSON."""
        return {"problem": self.problem, "file": self.file, "note": self.note, "moved_to": self.moved_to}

    def __str__(self) -> str:
        moved = f" (moved to {self.moved_to})" if self.moved_to else ""
        return f"{self.problem}: {self.file}{moved}" + (f". {self.note}." if self.note else "")


@dataclass
class Inspection:
    """One pass over the storage and the database."""

    hashes: bool = False  # read and hash every original and output
    quarantine: bool = False  # move files of rolled-back uploads into orphans/
    checked: Counter[str] = field(default_factory=Counter)  # files by folder
    newest: float | None = field(default_factory=lambda: newest_row_time())

    def differences(self) -> Iterator[Difference]:
        """All differences, as they are found."""
        yield from self.check_originals()
        for folder in subfolders(storage.root() / OUTPUTS):
            yield from check_output_folder(folder)
        for job in Job.objects.order_by("pk").iterate_fresh():
            yield from self.outputs(job)

    # ---------------------------------------------------------------- originals and thumbnails

    def check_originals(self) -> Iterator[Difference]:
        """Differences of originals and thumbnails, folder by folder."""
        for shard in self.shards():
            # Files before rows: an upload in between then seems to lack its file, which the check under a lock finds.
            originals, thumbnails = list_shard(ORIGINALS, shard), list_shard(THUMBNAILS, shard)
            sizes = sizes_by_hash(shard)
            self.checked[ORIGINALS] += len(originals)
            self.checked[THUMBNAILS] += sum(path.suffix == ".jpg" for path in thumbnails)
            yield from self.find_unclaimed({**originals, **thumbnails}, sizes)
            yield from self.find_missing(sizes, originals, thumbnails)
            yield from self.find_altered(originals, sizes)

    def orphans(self) -> Iterator[Difference]:
        """Only the differences of uploaded files without a row."""
        for shard in self.shards():
            files = {**list_shard(ORIGINALS, shard), **list_shard(THUMBNAILS, shard)}
            yield from self.find_unclaimed(files, sizes_by_hash(shard))

    def shards(self) -> list[str]:
        """The names of the folders of originals and thumbnails, including folders that no upload creates."""
        strays = {entry.name for place in (ORIGINALS, THUMBNAILS) for entry in scan_folder(storage.root() / place)}
        return sorted(strays | {*SHARDS})

    def find_unclaimed(self, files: Mapping[Path, int], sizes: Mapping[str, int]) -> Iterator[Difference]:
        """Files without a row; each is checked again under a lock before it is reported."""
        for path in files:
            sha256 = hash_from_path(path)
            if sha256 is None:
                yield Difference(NO_ROW, relative_path(path))
            elif sha256 not in sizes:
                yield from self.recheck_unclaimed(path, sha256)

    def recheck_unclaimed(self, path: Path, sha256: str) -> Iterator[Difference]:
        """The difference, unless the file is being uploaded or was deleted. `quarantine` moves the file to orphans/."""
        with lock_hash(sha256) as is_unclaimed:
            if not is_unclaimed or not path.exists():
                return
            newer = self.newest is None or path.stat().st_mtime > self.newest
            moved_to = storage.orphan_path(path) if self.quarantine and not newer else None
            if moved_to is not None:
                storage.move(path, moved_to)
        yield Difference(
            NO_ROW, relative_path(path), NEWER_NOTE if newer else "", relative_path(moved_to) if moved_to else None
        )

    def find_missing(
        self, sizes: Mapping[str, int], originals: Mapping[Path, int], thumbnails: Mapping[Path, int]
    ) -> Iterator[Difference]:
        """Rows whose original or thumbnail is missing; each is checked again under a lock."""
        for sha256 in sizes:
            original, thumbnail = storage.original(sha256), storage.thumbnail(sha256)
            if original not in originals:
                yield from self.recheck_original(original, sha256)
            elif thumbnail not in thumbnails and storage.undecodable_mark(sha256) not in thumbnails:
                yield from recheck_thumbnail(thumbnail, sha256)

    def recheck_original(self, path: Path, sha256: str) -> Iterator[Difference]:
        """The difference, unless the file appeared or its row was deleted. `quarantine` restores it from orphans/."""
        orphan = storage.orphan_path(path)
        with lock_row(sha256) as has_row:
            if not has_row or path.exists():
                return
            in_orphans = orphan.exists()
            if in_orphans and self.quarantine:
                storage.move(orphan, path)
        moved_to = relative_path(path) if in_orphans and self.quarantine else None
        yield Difference(NO_FILE, relative_path(path), IN_ORPHANS_NOTE if in_orphans and not moved_to else "", moved_to)

    def find_altered(self, originals: Mapping[Path, int], sizes: Mapping[str, int]) -> Iterator[Difference]:
        """Originals whose size or hash differs from their row."""
        for path, size in originals.items():
            if path.name in sizes and hash_from_path(path):
                yield from self.compare(path, size, sizes[path.name], path.name)

    def compare(self, path: Path, size: int, expected_size: int, sha256: str) -> Iterator[Difference]:
        """Compare a file with the size of its row in bytes and, if `hashes` is set, with the hash."""
        if size != expected_size:
            yield Difference(WRONG_SIZE, relative_path(path), f"It has {size:,} bytes instead of {expected_size:,}")
        elif self.hashes:
            yield from compare_hash(path, sha256)

    # ---------------------------------------------------------------- outputs

    def outputs(self, job: Job) -> Iterator[Difference]:
        """Differences of a job's outputs; of an active job only missing files."""
        with suppress(Job.DoesNotExist):  # deleted meanwhile
            for number in output_shards(job):
                yield from self.check_shard(job, number)

    def check_shard(self, job: Job, number: int) -> Iterator[Difference]:
        """Differences of the outputs of `ITEMS_PER_FOLDER` items."""
        folder = storage.outputs(str(job.uuid)) / str(number)
        files = {path.name: path for path in list_files(folder)}
        results = results_by_file(job, number)
        self.checked[OUTPUTS] += len(results)
        for name, result in results.items():
            yield from self.output(job, number, name, result)
        output_names = {Path(name).name for name in results}
        strays = [path for name, path in files.items() if name.removesuffix(".small") not in output_names]
        if strays and not is_changing(job):
            output_names = {Path(name).name for name in results_by_file(job, number)}
            yield from (
                Difference(NO_ROW, relative_path(path))
                for path in strays
                if path.name.removesuffix(".small") not in output_names and path.exists()
            )

    def output(self, job: Job, number: int, name: str, result: Mapping[str, Any]) -> Iterator[Difference]:
        """Compare the file of a result; a catalogue has neither size nor hash in its row."""
        path = storage.root() / name
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            if name in results_by_file(job, number) and not is_discarded(job):
                yield Difference(NO_FILE, name)
            return
        if "sha256" in result:
            yield from self.compare(path, size, result["size"], result["sha256"])


# -------------------------------------------------------------------- locks


@contextmanager
def lock_hash(sha256: str) -> Iterator[bool]:
    """Whether no row has this hash. Uploads of the same bytes wait for the end of the with statement.

    The lock is an insert of a row with the same unique hash, which is rolled back.
    """
    with transaction.atomic():
        _, is_new = StoredFile.objects.get_or_create(sha256=sha256, defaults=PLACEHOLDER_FIELDS)
        yield is_new
        transaction.set_rollback(True)  # the row is only the lock: committed, it would be a file that never existed


@contextmanager
def lock_row(sha256: str) -> Iterator[bool]:
    """Whether a row has this hash; no row with it is deleted before the end of the with statement."""
    with transaction.atomic():
        yield StoredFile.objects.select_for_update().filter(sha256=sha256).first() is not None


def recheck_thumbnail(path: Path, sha256: str) -> Iterator[Difference]:
    """The difference, unless the thumbnail appeared or the row was deleted meanwhile."""
    with lock_row(sha256) as has_row:
        if not has_row or path.exists() or storage.undecodable_mark(sha256).exists():
            return
    yield Difference(NO_FILE, relative_path(path), THUMBNAIL_NOTE)


# -------------------------------------------------------------------- rows


def newest_row_time() -> float | None:
    """When the newest file or photo was added, in seconds since 1970; None for an empty database."""
    times = (model.objects.order_by("-pk").values_list("added_at", flat=True).first() for model in (StoredFile, Photo))
    return max((time.timestamp() for time in times if time), default=None)


def sizes_by_hash(shard: str) -> dict[str, int]:
    """The rows of a folder of originals: hash → size in bytes."""
    if shard not in SHARDS:
        return {}
    rows = StoredFile.objects.filter(sha256__gte=shard, sha256__lt=f"{shard}g")  # g: after every hexadecimal digit
    return dict(rows.values_list("sha256", "size"))


def output_shards(job: Job) -> list[int]:
    """The numbers of a job's output folders, existing or expected. Raises Job.DoesNotExist."""
    last = max(phase.planned for phase in job.phase_rows) // ITEMS_PER_FOLDER
    numbers = {int(folder.name) for folder in subfolders(storage.outputs(str(job.uuid))) if folder.name.isdecimal()}
    return sorted(numbers | {*range(last + 1)})


def results_by_file(job: Job, number: int) -> dict[str, dict[str, Any]]:
    """The results of `ITEMS_PER_FOLDER` items by the files that they name, relative to the storage."""
    first = number * ITEMS_PER_FOLDER
    phases = [phase.number for phase in job.phase_rows]
    items = Item.objects.filter(job=job, phase__in=phases, position__gte=first, position__lt=first + ITEMS_PER_FOLDER)
    results = items.filter(result__isnull=False).values_list("result", flat=True)
    return {name: result for result in results if result for name in required_files(result)}


def required_files(result: Mapping[str, Any]) -> list[str]:
    """The files of a result that must exist; pieces of a catalogue are deleted when it is complete."""
    if "file" in result:
        return [result["file"]]
    return list(result["files"]) if "catalogue" in result else []


def is_changing(job: Job) -> bool:
    """Whether outputs of a job may be written or deleted at this moment."""
    current = Job.objects.filter(pk=job.pk).first()
    return current is None or current.active


def is_discarded(job: Job) -> bool:
    """Whether the outputs of a job are being deleted, or were."""
    current = Job.objects.filter(pk=job.pk).first()
    return current is None or current.is_discarding


# -------------------------------------------------------------------- files


def scan_folder(folder: Path) -> list[os.DirEntry[str]]:
    """The entries of a folder; none if it does not exist."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def subfolders(folder: Path) -> list[Path]:
    return [Path(entry.path) for entry in scan_folder(folder) if entry.is_dir(follow_symlinks=False)]


def list_files(folder: Path) -> dict[Path, int]:
    """All files below a folder, with their sizes in bytes."""
    sizes: dict[Path, int] = {}
    for entry in scan_folder(folder):
        if entry.is_dir(follow_symlinks=False):
            sizes |= list_files(Path(entry.path))
        else:
            with suppress(FileNotFoundError):  # deleted meanwhile
                sizes[Path(entry.path)] = entry.stat(follow_symlinks=False).st_size
    return sizes


def list_shard(place: str, shard: str) -> dict[Path, int]:
    """The files of a folder of originals or thumbnails, with their sizes in bytes."""
    path = storage.root() / place / shard
    return {path: path.stat().st_size} if path.is_file() else list_files(path)


def hash_from_path(path: Path) -> str | None:
    """The hash in the path of an original or a thumbnail; None for a path that no upload makes."""
    sha256 = path.stem
    # Compared part by part: to build the expected path for each of a million files takes minutes.
    place = (FOLDERS_BY_SUFFIX.get(path.suffix), sha256[:2], sha256[2:4])
    return sha256 if SHA256.fullmatch(sha256) and path.parts[-4:-1] == place else None


def compare_hash(path: Path, sha256: str) -> Iterator[Difference]:
    """The difference if a file's SHA-256 is another one, or its bytes cannot be read."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:  # deleted meanwhile
        return
    except OSError as error:
        yield Difference(UNREADABLE, relative_path(path), error.strerror or str(error))
        return
    if digest != sha256:
        yield Difference(WRONG_HASH, relative_path(path), f"It has {digest}")


def check_output_folder(folder: Path) -> Iterator[Difference]:
    """The difference of a folder of outputs whose job is not in the database; none for an empty folder."""
    uuid = as_uuid(folder.name)
    has_job = uuid is not None and Job.everything.filter(uuid=uuid).exists()
    if not has_job and list_files(folder):
        yield Difference(NO_ROW, relative_path(folder))


def count_orphans() -> int:
    return sum(len(files) for _, _, files in os.walk(storage.root() / ORPHANS))


def relative_path(path: Path) -> str:
    return path.relative_to(storage.root()).as_posix()


# -------------------------------------------------------------------- upkeep


def quarantine_orphans() -> None:
    """Move files of rolled-back uploads into orphans/, and log how many were moved or left alone."""
    counts = Counter(difference.moved_to is not None for difference in Inspection(quarantine=True).orphans())
    if counts[True]:
        logger.warning("Moved %d files that no row knows into orphans/: uploads were rolled back", counts[True])
    if counts[False]:
        logger.warning("%d files have no row and are left alone: manage.py verify tells which", counts[False])
