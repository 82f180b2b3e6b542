"""Adds files to a library, for the API, the pages and the commands alike."""

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
    """A file in the library; `duplicate` if the library had its bytes before."""

    photo: Photo
    duplicate: bool


@dataclass(frozen=True)
class RejectedFile:
    """A file that was refused, with the sentence for the user."""

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

    def take(self, incoming: IncomingFile, path: str = "", index: int | None = None) -> None:
        """Accept or reject a file and remove its incoming copy; a file that fails does not stop the upload."""
        try:
            accepted = self.accept(incoming, path)
            accepted.photo.duplicate = accepted.duplicate
            self.accepted.append(accepted)
        except (NotAccepted, Unreadable) as error:
            self.reject(incoming, str(error), isinstance(error, Busy), index)
        except OSError as error:
            logger.exception("An uploaded file could not be stored")
            self.reject(incoming, not_stored_sentence(error), is_retryable=True, index=index)
        finally:
            incoming.close()

    def reject(self, incoming: IncomingFile, error: str, is_retryable: bool, index: int | None) -> None:
        self.rejected.append(
            RejectedFile(names.display_name(incoming.name, "bin"), error, incoming.too_large, is_retryable, index)
        )

    def accept(self, incoming: IncomingFile, path: str) -> AcceptedFile:
        """Add a file to the library, once for the same bytes; a missing original is stored again.

        `path` is its path in the library, which may be empty. Raises NotAccepted, Unreadable or OSError.
        """
        if incoming.too_large:
            raise NotAccepted(limit_of(incoming.name).sentence)
        if incoming.size == 0:
            raise NotAccepted(FILE_EMPTY)
        photo = self.find_photo(incoming.sha256)
        if photo is not None and photo.file.path.exists():
            return AcceptedFile(photo, duplicate=True)
        with storage.temporary_file(".jpg") as thumbnail:
            facts = find_facts(incoming.sha256) or build_facts(
                decoding.inspect_file(incoming.path, thumbnail), incoming.size
            )
            return self.keep(incoming, path, facts, thumbnail)

    def keep(self, incoming: IncomingFile, path: str, facts: dict[str, Any], thumbnail: Path) -> AcceptedFile:
        """Store a decodable file and add its photo. `thumbnail` is empty if the storage has one. Raises NotAccepted."""
        atomic_file.sync(incoming.path)  # before the locks: a slow disk must not block uploads of the same bytes
        with transaction.atomic():
            file = lock_file(incoming.sha256, facts)
            # Before the file is moved: a commit that fails because the owner was deleted would leave it without a row.
            if not lock_row(self.owner):
                raise NotAccepted(OWNER_DELETED)
            storage.keep_original(incoming.path, incoming.sha256)
            if thumbnail.stat().st_size:
                storage.keep_thumbnail(thumbnail, incoming.sha256)
            # Again, under the lock: another request may have added the same bytes meanwhile.
            photo = self.find_photo(incoming.sha256)
            if photo is not None:
                return AcceptedFile(photo, duplicate=True)
            return AcceptedFile(self.add(file, incoming.name, path), duplicate=False)

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

        A set that was deleted with its last photo, or rolled back, is created again with the same id.
        """
        uuid = (self.set or PhotoSet()).uuid
        while True:
            self.set, _ = PhotoSet.objects.get_or_create(uuid=uuid, owner_id=self.owner.pk)
            if lock_row(self.set):
                return self.set


def find_facts(sha256: str) -> dict[str, Any] | None:
    """The fields of a stored file with the same bytes, so that it is not decoded again; None if there is none."""
    fields = [field.name for field in StoredFile._meta.fields if field.name not in ("id", "sha256", "added_at")]
    return StoredFile.objects.filter(sha256=sha256).values(*fields).first()


def build_facts(inspection: Inspection, size: int) -> dict[str, Any]:
    """The fields of StoredFile from the inspection of a file of `size` bytes."""
    probe = inspection.probe
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
        "colour": inspection.colour,
    }


def lock_file(sha256: str, facts: dict[str, Any]) -> StoredFile:
    """The row with this hash, created if it is missing, locked until the end of the transaction."""
    while True:
        file, _ = StoredFile.objects.get_or_create(sha256=sha256, defaults=facts)
        row = StoredFile.objects.select_for_update().filter(pk=file.pk).first()
        if row is not None:  # else the row was deleted with its last photo in between
            return row


LOCK_ROW_SQL = "SELECT 1 FROM {table} WHERE id = %s {lock}"


def lock_row(row: Model) -> bool:
    """Whether a row still exists; if so, it cannot be deleted before the end of the transaction.

    The lock is that of a foreign key at the commit: several uploads may hold it at the same time.
    """
    lock = "FOR KEY SHARE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_ROW_SQL.format(table=row._meta.db_table, lock=lock), (row.pk,))
        return cursor.fetchone() is not None


def add_samples(user: Any, count: int = 24) -> list[Photo]:
    """Add `count` generated photos to a library and return them; a second call adds no new ones."""
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
        numbers = [number for number, path in paths.items() if not path.exists()]
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
            list(threads.map(write_sample, numbers, [paths[number] for number in numbers]))
    return list(paths.values())


def write_sample(number: int, path: Path) -> None:
    with atomic_file.write_atomically(path) as temporary:
        make_sample(number, temporary, SAMPLE_MEGAPIXELS)
