"""What is to be imported is listed first, without opening any picture; the job does the rest."""

import os
import stat
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction

from jobs.errors import Refused
from jobs.kinds import Submission
from jobs.models import Job
from photos import archives, decoding, names, store
from photos.formats import Unreadable
from photos.models import Import, ImportedFile
from photos.models.importing import location_of
from photos.room import refuse_without_room

NAME = "import"
ROWS = 1000  # written at once
FORGOTTEN_AT_ONCE = 2000  # rows: others want to write, too
LINK = archives.LINK
SPECIAL = "This is no file but a device or a pipe"


@dataclass
class Listing:
    """Collects the files of an import."""

    owner: Any
    archives: list[str] = field(default_factory=list)
    files: list[ImportedFile] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # of what was asked for
    left_out: int = 0  # hidden files and what systems leave behind

    def add(self, path: Path) -> None:
        """A file, a folder with all below it, or a ZIP file. Raises Unreadable for what is refused as a whole."""
        self.names.append(path.name)
        if path.is_dir():
            self.add_folder(path, path.name)
        else:
            self.add_file(path, "")

    def add_folder(self, folder: Path, inside: str) -> None:
        """Everything below a folder, by name; links are told, not followed."""
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self.files.append(ImportedFile(**shown(inside), problem=f"The folder cannot be opened: {error.strerror}"))
            return
        for entry in entries:
            if names.is_left_behind(entry.name):
                self.left_out += 1
            elif entry.is_dir(follow_symlinks=False):
                self.add_folder(Path(entry.path), f"{inside}/{entry.name}")
            elif entry.is_file(follow_symlinks=False):
                self.add_found(Path(entry.path), inside)
            else:
                problem = LINK if entry.is_symlink() else SPECIAL
                self.files.append(ImportedFile(**shown(f"{inside}/{entry.name}"), problem=problem))

    def add_found(self, path: Path, inside: str) -> None:
        """A file of a folder; an archive that is refused is told like any other file."""
        try:
            self.add_file(path, inside)
        except (Unreadable, OSError) as error:
            self.files.append(ImportedFile(**shown(f"{inside}/{path.name}"), problem=str(error)[:200]))

    def add_file(self, path: Path, inside: str) -> None:
        """A file, or the files of an archive. Raises Unreadable, or OSError."""
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unreadable(SPECIAL)
        if archives.is_archive(path.name, path):
            self.add_archive(path, inside)
        else:
            self.files.append(
                ImportedFile(
                    **shown(f"{inside}/{path.name}"), location=location_of(path.absolute()), size=path.stat().st_size
                )
            )

    def add_archive(self, path: Path, inside: str) -> None:
        """The files of an archive with their inner paths. Raises Unreadable."""
        limits = archives.Limits(file_mb=settings.STOPBATH_MAX_UPLOAD_MB)
        found = decoding.run(archives.members, path, limits)
        if not found:
            raise Unreadable("There is no file in the archive")
        number = len(self.archives)
        self.archives.append(location_of(path.absolute()))
        self.files += [
            ImportedFile(
                **shown(f"{inside}/{member.path}"), archive=number, member=member.number, size=member.size,
                problem=member.problem,
            )
            for member in found
        ]  # fmt: skip

    @property
    def size(self) -> int:
        """Bytes of all files together, unpacked."""
        return sum(file.size for file in self.files)

    def title(self) -> str:
        """What the job is called."""
        first, more = self.names[0] if self.names else "", len(self.names) - 1
        return f"Import: {names.shown(first) or 'files'}" + (f" and {more:,} more" if more > 0 else "")


def shown(path: str) -> dict[str, str]:
    """Name and folder under which a file is listed."""
    parts = names.parts_of(path)
    name = names.file_name(parts[-1] if parts else "", "bin")
    return {"name": name, "path": names.folder("/".join(parts[:-1]), None)}


def submit(listing: Listing, door: str, keep: Sequence[Path] = ()) -> Job:
    """Store what was listed and submit the job. `keep`: archives that are moved into the storage until it is done.

    Raises Refused.
    """
    if not listing.files:
        raise Refused("There is nothing to import.")
    refuse_without_room(listing.size)
    batch = Import(owner=listing.owner, archives=listing.archives)
    try:
        if keep:
            batch.archives = kept(batch, keep)
        with transaction.atomic():
            return submitted(batch, listing, door)
    except BaseException:
        store.remove_imports(str(batch.uuid))
        raise


def submitted(batch: Import, listing: Listing, door: str) -> Job:
    """The job of a batch, which is stored with its files."""
    batch.save()
    write(batch, listing.files)
    wanted = Submission(listing.title(), {"import": batch.pk}, [NAME], len(listing.files))
    job = Job.submit(NAME, wanted, listing.owner, door=door)
    batch.job_uuid = job.uuid
    batch.save(update_fields=("job_uuid",))
    return job


def write(batch: Import, files: Iterable[ImportedFile]) -> None:
    """Store the rows."""
    for piece in batched(files, ROWS):
        for file in piece:
            file.batch = batch
        ImportedFile.objects.bulk_create(piece)


def kept(batch: Import, paths: Sequence[Path]) -> list[str]:
    """Move uploaded archives to where the job finds them."""
    folder = store.imports(str(batch.uuid))
    folder.mkdir(parents=True, exist_ok=True)
    moved = []
    for number, path in enumerate(paths):
        target = folder / f"{number}{archives.ENDING}"
        path.replace(target)
        moved.append(location_of(target))
    return moved


def forget(batch: Import, until: float) -> bool:
    """Drop the archives that were moved here, and the list; False when some of it is left at that monotonic time."""
    store.remove_imports(str(batch.uuid))
    while batch.files.exists():
        if time.monotonic() > until:
            return False
        piece = batch.files.order_by("pk").values("pk")[:FORGOTTEN_AT_ONCE]
        ImportedFile.objects.filter(pk__in=piece)._raw_delete(using=DEFAULT_DB_ALIAS)
    batch.delete()
    return True
