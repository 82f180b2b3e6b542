"""What is to be imported is listed first, without opening any picture; the job does the rest.

A listing may be a million files long: it is written while it is made, in pieces between which others can write.
"""

import math
import os
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import batched
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction

from jobs.clock import database_now
from jobs.errors import Refused
from jobs.kinds import Submission
from jobs.models import Job
from photos.files import archives, names, storage
from photos.imaging.formats import Unreadable
from photos.library import decoding
from photos.library.disk_space import refuse_without_room
from photos.models import Import, ImportedFile
from photos.models.importing import location_of

NAME = "import"
ROWS = 1000  # written in one transaction
ABANDONED_AFTER = timedelta(days=1)  # whoever lists for so long is dead
ABANDONED_SECONDS = 0.5  # that a submit takes for what dead ones have left
FORGOTTEN_AT_ONCE = 2000  # rows: others want to write, too
LINK = archives.LINK
SPECIAL = "This is a device or a pipe, not a file"


@dataclass
class Listing:
    """Says which files an import is made of: once, one after the other, and what they come to."""

    owner: Any
    archives: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # of what was asked for
    parts: list[Iterable[ImportedFile]] = field(default_factory=list)  # folders are not looked into before their turn
    number: int = 0  # of the files that have been given out
    size: int = 0  # bytes of them together, unpacked
    left_out: int = 0  # hidden files and what systems leave behind

    def add(self, path: Path) -> None:
        """A file, a folder with all below it, or a ZIP file. Raises Unreadable for what is refused as a whole."""
        self.names.append(path.name)
        if path.is_dir():
            self.parts.append(self.files_of_folder(path, path.name))
        else:
            self.parts.append(self.files_at(path, ""))

    def add_archive(self, path: Path, inside: str) -> None:
        """The files of an archive. Raises Unreadable."""
        self.parts.append(self.files_of_archive(path, inside))

    def files(self) -> Iterator[ImportedFile]:
        """Every file, counted as it is given out."""
        for part in self.parts:
            for file in part:
                self.number += 1
                self.size += file.size
                yield file

    def files_of_folder(self, folder: Path, inside: str) -> Iterator[ImportedFile]:
        """Everything below a folder, by name; links are told, not followed."""
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield ImportedFile(**shown(inside), problem=f"The folder cannot be opened: {error.strerror}")
            return
        for entry in entries:
            if names.is_left_behind(entry.name):
                self.left_out += 1
            elif entry.is_dir(follow_symlinks=False):
                yield from self.files_of_folder(Path(entry.path), f"{inside}/{entry.name}")
            elif entry.is_file(follow_symlinks=False):
                yield from self.files_found(Path(entry.path), inside)
            else:
                problem = LINK if entry.is_symlink() else SPECIAL
                yield ImportedFile(**shown(f"{inside}/{entry.name}"), problem=problem)

    def files_found(self, path: Path, inside: str) -> Iterable[ImportedFile]:
        """A file of a folder; an archive that is refused is told like any other file."""
        try:
            return self.files_at(path, inside)
        except (Unreadable, OSError) as error:
            return [ImportedFile(**shown(f"{inside}/{path.name}"), problem=str(error)[:200])]

    def files_at(self, path: Path, inside: str) -> Iterable[ImportedFile]:
        """A file, or the files of an archive. Raises Unreadable, or OSError."""
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable(SPECIAL)
        if archives.is_archive(path.name, path):
            return self.files_of_archive(path, inside)
        location = location_of(path.absolute())
        return [ImportedFile(**shown(f"{inside}/{path.name}"), location=location, size=found.st_size)]

    def files_of_archive(self, path: Path, inside: str) -> Iterator[ImportedFile]:
        """The files of an archive with their inner paths. Raises Unreadable at once, not when they are asked for."""
        limits = archives.Limits(file_mb=settings.STOPBATH_MAX_UPLOAD_MB)
        found = decoding.run(archives.members, path, limits)
        if not found:
            raise Unreadable("There is no file in the archive")
        number = len(self.archives)
        self.archives.append(location_of(path.absolute()))
        return map(partial(file_of_archive, number, inside), found)

    def title(self) -> str:
        """What the job is called."""
        first, more = self.names[0] if self.names else "", len(self.names) - 1
        return f"Import: {names.shown(first) or 'files'}" + (f" and {more:,} more" if more > 0 else "")


def file_of_archive(number: int, inside: str, member: archives.Member) -> ImportedFile:
    """A file of one of the archives."""
    return ImportedFile(
        **shown(f"{inside}/{member.path}"), archive=number, member=member.number, size=member.size,
        problem=member.problem,
    )  # fmt: skip


def shown(path: str) -> dict[str, str]:
    """Name and folder under which a file is listed."""
    parts = names.parts_of(path)
    name = names.file_name(parts[-1] if parts else "", "bin")
    return {"name": name, "path": names.folder("/".join(parts[:-1]), None)}


def submit(listing: Listing, door: str, keep: Sequence[Path] = ()) -> Job:
    """Store what was listed and submit the job. `keep`: archives that are moved into the storage until it is done.

    Raises Refused.
    """
    forget_abandoned()
    batch = Import.objects.create(owner=listing.owner)
    try:
        write(batch, listing.files())
        if not listing.number:
            raise Refused("There is nothing to import.")
        refuse_without_room(listing.size)
        batch.archives = kept(batch, keep) if keep else listing.archives
        return submitted(batch, listing, door)
    except BaseException:
        # Asked of the database: the answer to a commit may have been lost, and then there is a job that needs them.
        for unused in Import.objects.filter(pk=batch.pk, job_uuid=None):
            forget(unused, math.inf)
        raise


def submitted(batch: Import, listing: Listing, door: str) -> Job:
    """The job of a batch, whose files are stored already."""
    wanted = Submission(listing.title(), {"import": batch.pk}, [NAME], listing.number)
    with transaction.atomic():
        job = Job.submit(NAME, wanted, listing.owner, door=door)
        batch.job_uuid = job.uuid
        batch.save(update_fields=("job_uuid", "archives"))
    return job


def forget_abandoned() -> None:
    """Drop what was listed by somebody who was killed before there was a job."""
    until = time.monotonic() + ABANDONED_SECONDS
    for batch in Import.objects.filter(job_uuid=None, created_at__lt=database_now() - ABANDONED_AFTER):
        if not forget(batch, until):
            return


def write(batch: Import, files: Iterable[ImportedFile]) -> None:
    """Store the rows, each piece in a transaction of its own: nobody waits for the whole listing."""
    for piece in batched(files, ROWS):
        for file in piece:
            file.batch = batch
        ImportedFile.objects.bulk_create(piece)


def kept(batch: Import, paths: Sequence[Path]) -> list[str]:
    """Move uploaded archives to where the job finds them."""
    folder = storage.imports(str(batch.uuid))
    folder.mkdir(parents=True, exist_ok=True)
    moved = []
    for number, path in enumerate(paths):
        target = folder / f"{number}{archives.ENDING}"
        path.replace(target)
        moved.append(location_of(target))
    return moved


def forget(batch: Import, until: float) -> bool:
    """Drop the archives that were moved here, and the list; False when some of it is left at that monotonic time."""
    storage.remove_imports(str(batch.uuid))
    while batch.files.exists():
        if time.monotonic() > until:
            return False
        piece = batch.files.order_by("pk").values("pk")[:FORGOTTEN_AT_ONCE]
        ImportedFile.objects.filter(pk__in=piece)._raw_delete(using=DEFAULT_DB_ALIAS)
    batch.delete()
    return True
