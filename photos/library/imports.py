"""Lists the files of an import without decoding a picture, and submits the job that imports them.

A listing may have a million files: its rows are written in batches, between which other transactions can write.
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

from django.db import DEFAULT_DB_ALIAS, transaction

from jobs.clock import database_now
from jobs.errors import Refused
from jobs.kinds import Submission
from jobs.models import Job
from photos.files import archives, names, storage
from photos.files.upload_limit import file_limit
from photos.imaging.formats import Unreadable
from photos.library import decoding
from photos.library.disk_space import require_free_space
from photos.models import Import, ImportedFile
from photos.models.importing import MAX_PROBLEM_CHARACTERS, encode_location

KIND_NAME = "import"
BATCH_SIZE = 1000  # rows in one transaction
ABANDONED_AFTER = timedelta(days=1)  # longer than any listing takes
CLEANUP_SECONDS = 0.5  # of a submit, spent on abandoned batches
DELETION_BATCH_SIZE = 2000  # rows in one transaction
LINK = archives.ENTRY_IS_LINK
NOT_A_FILE = "This is a device or a pipe, not a file"


@dataclass
class Listing:
    """The files of an import: `files` iterates them once, and counts them and their bytes."""

    owner: Any
    archives: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # of the files, folders and archives that were added
    parts: list[Iterable[ImportedFile]] = field(default_factory=list)  # lazy: a folder is scanned when it is reached
    file_count: int = 0
    byte_count: int = 0  # unpacked
    skipped_count: int = 0  # hidden files and files of operating systems

    def add(self, path: Path) -> None:
        """Add a file, a folder with everything below it, or a ZIP file. Raises Unreadable."""
        self.names.append(path.name)
        if path.is_dir():
            self.parts.append(self.list_folder(path, path.name))
        else:
            self.parts.append(self.list_file(path, ""))

    def add_archive(self, path: Path, inside: str) -> None:
        """Add the files of a ZIP file; `inside` is their folder in the library. Raises Unreadable."""
        self.parts.append(self.list_archive(path, inside))

    def files(self) -> Iterator[ImportedFile]:
        """Every file; `file_count` and `byte_count` are complete after the last one."""
        for part in self.parts:
            for file in part:
                self.file_count += 1
                self.byte_count += file.size
                yield file

    def list_folder(self, folder: Path, inside: str) -> Iterator[ImportedFile]:
        """Everything below a folder, sorted by name; symbolic links become problems and are not followed."""
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield ImportedFile(**name_fields(inside), problem=f"The folder cannot be opened: {error.strerror}")
            return
        for entry in entries:
            if names.is_system_file(entry.name):
                self.skipped_count += 1
            elif entry.is_dir(follow_symlinks=False):
                yield from self.list_folder(Path(entry.path), f"{inside}/{entry.name}")
            elif entry.is_file(follow_symlinks=False):
                yield from self.list_entry(Path(entry.path), inside)
            else:
                problem = LINK if entry.is_symlink() else NOT_A_FILE
                yield ImportedFile(**name_fields(f"{inside}/{entry.name}"), problem=problem)

    def list_entry(self, path: Path, inside: str) -> Iterable[ImportedFile]:
        """A file of a folder, or the files of an archive; an unreadable archive is listed with its problem."""
        try:
            return self.list_file(path, inside)
        except (Unreadable, OSError) as error:
            return [ImportedFile(**name_fields(f"{inside}/{path.name}"), problem=str(error)[:MAX_PROBLEM_CHARACTERS])]

    def list_file(self, path: Path, inside: str) -> Iterable[ImportedFile]:
        """A file, or the files of an archive. Raises Unreadable or OSError."""
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(NOT_A_FILE)
        if archives.is_archive(path.name, path):
            return self.list_archive(path, inside)
        location = encode_location(path.absolute())
        return [ImportedFile(**name_fields(f"{inside}/{path.name}"), location=location, size=status.st_size)]

    def list_archive(self, path: Path, inside: str) -> Iterator[ImportedFile]:
        """The files of an archive with their inner paths. Raises Unreadable at the call, not at the first file."""
        members = decoding.run_in_sandbox(archives.list_members, path, archives.Limits(file_limit()))
        if not members:
            raise Unreadable("There is no file in the archive")
        number = len(self.archives)
        self.archives.append(encode_location(path.absolute()))
        return map(partial(build_archive_row, number, inside), members)

    def title(self) -> str:
        """The title of the job, from the first name and the number of the others."""
        first, more = self.names[0] if self.names else "", len(self.names) - 1
        return f"Import: {names.clean_part(first) or 'files'}" + (f" and {more:,} more" if more > 0 else "")


def build_archive_row(number: int, inside: str, member: archives.Member) -> ImportedFile:
    return ImportedFile(
        **name_fields(f"{inside}/{member.path}"), archive=number, member=member.number, size=member.size,
        problem=member.problem,
    )  # fmt: skip


def name_fields(path: str) -> dict[str, str]:
    """The name and folder in the library for a path inside the import, as fields of ImportedFile."""
    parts = names.split_path(path)
    name = names.display_name(parts[-1] if parts else "", "bin")
    return {"name": name, "path": names.display_folder("/".join(parts[:-1]), None)}


def submit(listing: Listing, door: str, keep: Sequence[Path] = ()) -> Job:
    """Store the rows of a listing and submit the job.

    `keep` are uploaded archives, which are moved into the storage until the job has read them. Raises Refused.
    """
    delete_abandoned()
    batch = Import.objects.create(owner=listing.owner)
    try:
        write_rows(batch, listing.files())
        if not listing.file_count:
            raise Refused("There is nothing to import.")
        require_free_space(listing.byte_count)
        batch.archives = move_archives(batch, keep) if keep else listing.archives
        return submit_batch(batch, listing, door)
    except BaseException:
        # Ask the database, not `batch`: if only the answer to the commit was lost, there is a job that needs the rows.
        for unused in Import.objects.filter(pk=batch.pk, job_uuid=None):
            delete_batch(unused, math.inf)
        raise


def submit_batch(batch: Import, listing: Listing, door: str) -> Job:
    submission = Submission(listing.title(), {"import": batch.pk}, [KIND_NAME], listing.file_count)
    with transaction.atomic():
        job = Job.submit(KIND_NAME, submission, listing.owner, door=door)
        batch.job_uuid = job.uuid
        batch.save(update_fields=("job_uuid", "archives"))
    return job


def delete_abandoned() -> None:
    """Delete batches whose process was killed before it submitted a job, for at most `CLEANUP_SECONDS`."""
    until = time.monotonic() + CLEANUP_SECONDS
    for batch in Import.objects.filter(job_uuid=None, created_at__lt=database_now() - ABANDONED_AFTER):
        if not delete_batch(batch, until):
            return


def write_rows(batch: Import, files: Iterable[ImportedFile]) -> None:
    """Store the rows, each batch in a transaction of its own, so that other writers wait for one batch at most."""
    for piece in batched(files, BATCH_SIZE):
        for file in piece:
            file.batch = batch
        ImportedFile.objects.bulk_create(piece)


def move_archives(batch: Import, paths: Sequence[Path]) -> list[str]:
    """Move uploaded archives into the storage; returns their encoded locations."""
    folder = storage.imports(str(batch.uuid))
    folder.mkdir(parents=True, exist_ok=True)
    moved = []
    for number, path in enumerate(paths):
        target = folder / f"{number}{names.ARCHIVE_EXTENSION}"
        path.replace(target)
        moved.append(encode_location(target))
    return moved


def delete_batch(batch: Import, until: float) -> bool:
    """Delete a batch, its rows and its archives; False if `until`, a monotonic time, came before the end."""
    storage.remove_imports(str(batch.uuid))
    while batch.files.exists():
        if time.monotonic() > until:
            return False
        piece = batch.files.order_by("pk").values("pk")[:DELETION_BATCH_SIZE]
        # _raw_delete is private, but delete() would load a million rows to look for what refers to them: nothing does.
        ImportedFile.objects.filter(pk__in=piece)._raw_delete(using=DEFAULT_DB_ALIAS)
    batch.delete()
    return True
