"""Adds files to a library: the one way, for the API, the pages and the commands alike."""

import fcntl
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from photos.files import names, storage
from photos.files.incoming import IncomingFile, not_stored_sentence, receive_copy
from photos.files.upload_limit import limit_of
from photos.imaging import atomic_file
from photos.imaging.formats import EXTENSIONS, Unreadable
from photos.imaging.formats.registry import FILE_EMPTY
from photos.imaging.pipeline import Inspection
from photos.imaging.samples import make_sample
from photos.imaging.sandbox import Busy
from photos.library import decoding
from photos.models import Photo, PhotoSet, StoredFile

logger = logging.getLogger(__name__)

SAMPLE_MEGAPIXELS = 1.0  # small: a request waits for them
OWNER_DELETED = "The account was deleted while the file was on its way"


class NotAccepted(Exception):
    """A file is refused; the message is the sentence for the user."""


@dataclass(frozen=True)
class AcceptedFile:
    """A file that is in the library; `duplicate` if it was there before."""

    photo: Photo
    duplicate: bool


@dataclass(frozen=True)
class RejectedFile:
    """A file that was refused, and why."""

    name: str
    error: str
    too_large: bool = False
    is_retryable: bool = False  # whether the server failed, not the file
    index: int | None = None  # its position in the request, from 0: two files may have the same name


@dataclass
class Intake:
    """Files that one user uploads together; they become a set."""

    owner: Any
    set: PhotoSet | None = None
    accepted: list[AcceptedFile] = field(default_factory=list)
    rejected: list[RejectedFile] = field(default_factory=list)

    def take(self, arrived: IncomingFile, path: str = "", index: int | None = None) -> None:
        """Accept or reject a file, and remove it from the temporary folder; never fails for one file."""
        try:
            accepted = self.accept(arrived, path)
            accepted.photo.duplicate = accepted.duplicate
            self.accepted.append(accepted)
        except (NotAccepted, Unreadable) as error:
            self.reject(arrived, str(error), isinstance(error, Busy), index)
        except OSError as error:
            logger.exception("An uploaded file could not be stored")
            self.reject(arrived, not_stored_sentence(error), is_retryable=True, index=index)
        finally:
            arrived.close()

    def reject(self, arrived: IncomingFile, error: str, is_retryable: bool, index: int | None) -> None:
        self.rejected.append(
            RejectedFile(names.display_name(arrived.name, "bin"), error, arrived.too_large, is_retryable, index)
        )

    def accept(self, arrived: IncomingFile, path: str) -> AcceptedFile:
        """Add a file to the library, once for the same bytes; a missing original is stored again.

        Raises NotAccepted or Unreadable.
        """
        if arrived.too_large:
            raise NotAccepted(limit_of(arrived.name).sentence)
        if arrived.size == 0:
            raise NotAccepted(FILE_EMPTY)
        known = self.find_photo(arrived.sha256)
        if known is not None and known.file.path.exists():
            return AcceptedFile(known, duplicate=True)
        with storage.temporary_file(".jpg") as small:
            facts = find_facts(arrived.sha256) or build_facts(decoding.inspect_file(arrived.path, small), arrived.size)
            return self.keep(arrived, path, facts, small)

    def keep(self, arrived: IncomingFile, path: str, facts: dict[str, Any], small: Path) -> AcceptedFile:
        """Store a decodable file and add its photo. `small` is its thumbnail, empty if that is stored already."""
        atomic_file.sync(arrived.path)
        with transaction.atomic():
            file = lock_file(arrived.sha256, facts)
            # Before the file is moved: a commit that fails because the owner was deleted would leave it without a row.
            if not lock_row(self.owner):
                raise NotAccepted(OWNER_DELETED)
            storage.keep_original(arrived.path, arrived.sha256)
            if small.stat().st_size:
                storage.keep_thumbnail(small, arrived.sha256)
            # Again, under the lock: another request may have added the same bytes meanwhile.
            known = self.find_photo(arrived.sha256)
            if known is not None:
                return AcceptedFile(known, duplicate=True)
            return AcceptedFile(self.add(file, arrived.name, path), duplicate=False)

    def find_photo(self, sha256: str) -> Photo | None:
        """The user's photo with those bytes."""
        mine = Photo.objects.visible_to(self.owner).select_related("file", "set")
        return mine.filter(file__sha256=sha256).first()

    def add(self, file: StoredFile, name: str | None, path: str) -> Photo:
        """Create the photo, and the set with its first photo."""
        return Photo.objects.create(
            owner=self.owner,
            file=file,
            set=self.lock_set(),
            name=names.display_name(name, EXTENSIONS[file.format]),
            path=names.display_folder(path, name),
            kind=Photo.DOCUMENT if file.format == "pdf" else Photo.PHOTO,
            format=file.format,
            taken_at=file.taken_at,
            taken_there=file.taken_there,
        )

    def lock_set(self) -> PhotoSet:
        """The set, locked against deletion until the end of the transaction.

        Created again with the same id if it was deleted with its last photo, or rolled back.
        """
        uuid = (self.set or PhotoSet()).uuid
        while True:
            self.set, _ = PhotoSet.objects.get_or_create(uuid=uuid, owner_id=self.owner.pk)
            if lock_row(self.set):
                return self.set


def find_facts(sha256: str) -> dict[str, Any] | None:
    """The fields of a file with the same bytes that is stored already, so that it need not be decoded again."""
    fields = [field.name for field in StoredFile._meta.fields if field.name not in ("id", "sha256", "added_at")]
    return StoredFile.objects.filter(sha256=sha256).values(*fields).first()


def build_facts(look: Inspection, size: int) -> dict[str, Any]:
    """The fields of StoredFile from the first look at a file."""
    probe = look.probe
    latitude, longitude = probe.place or (None, None)
    return {
        "size": size,
        "format": probe.format,
        "width": probe.width,
        "height": probe.height,
        "orientation": probe.orientation,
        "pages": probe.pages,
        "frames": probe.frames,
        "taken_at": probe.taken_at,
        "taken_there": probe.taken.replace(tzinfo=UTC) if probe.taken and probe.zone_is_known else None,
        "camera": probe.camera,
        "latitude": latitude,
        "longitude": longitude,
        "colour": look.colour,
    }


def lock_file(sha256: str, facts: dict[str, Any]) -> StoredFile:
    """The row of these bytes, created if needed, locked until the end of the transaction."""
    while True:
        file, _ = StoredFile.objects.get_or_create(sha256=sha256, defaults=facts)
        locked = StoredFile.objects.select_for_update().filter(pk=file.pk).first()
        if locked is not None:  # else the row was deleted with its last photo in between
            return locked


LOCK_ROW_SQL = "SELECT 1 FROM {table} WHERE id = %s {lock}"


def lock_row(row: Model) -> bool:
    """Whether a row still exists; if so, it cannot be deleted before the end of the transaction.

    The lock is the one that a foreign key takes at the commit: several uploads may hold it at the same time.
    """
    lock = "FOR KEY SHARE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_ROW_SQL.format(table=row._meta.db_table, lock=lock), (row.pk,))
        return cursor.fetchone() is not None


def add_samples(user: Any, count: int = 24) -> list[Photo]:
    """Fill a library with generated photos; a second call adds nothing."""
    intake = Intake(user)
    for path in ensure_samples(count):
        intake.take(receive_copy(path), "Samples")
    return [accepted.photo for accepted in intake.accepted]


def ensure_samples(count: int) -> list[Path]:
    """The paths of that many sample files, generated at the first call, under a lock between processes."""
    storage.samples().mkdir(parents=True, exist_ok=True)
    paths = {number: storage.samples() / f"sample-{number:02}.jpg" for number in range(1, count + 1)}
    with (storage.samples() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = [number for number, path in paths.items() if not path.exists()]
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
            list(threads.map(write_sample, missing, [paths[number] for number in missing]))
    return list(paths.values())


def write_sample(number: int, path: Path) -> None:
    """Generate a sample under a temporary name, then rename it."""
    with atomic_file.write_atomically(path) as aside:
        make_sample(number, aside, SAMPLE_MEGAPIXELS)
