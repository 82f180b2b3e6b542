"""Takes the files of one upload: photos are added at once, archives are imported by a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.errors import Refused
from jobs.models import Job
from photos.files import archives, names
from photos.files.incoming import IncomingFile
from photos.imaging.formats import Unreadable
from photos.imaging.sandbox import Busy
from photos.library import imports
from photos.library.uploads import Intake, RejectedFile
from photos.models import Photo, PhotoSet

NONE_ACCEPTED = "None of the files was accepted."


@dataclass(frozen=True)
class Upload:
    """The result of one upload: accepted photos, rejected files, and the job that imports the archives."""

    intake: Intake
    job: Job | None  # imports the archives

    @classmethod
    def take(
        cls, owner: Any, photo_set: PhotoSet | None, files: Sequence[tuple[IncomingFile, str]], door: str
    ) -> Upload:
        """Accept or reject each file. `files` are pairs of a file and its path in the library, which may be empty."""
        intake = Intake(owner, photo_set)
        zipped = {index: file for index, file in enumerate(files) if is_zipped(file[0])}
        for index, (incoming, path) in enumerate(files):
            if index not in zipped:
                intake.take(incoming, path, index)
        return cls(intake, submit_archives(intake, zipped, door))

    @property
    def photos(self) -> list[Photo]:
        """The accepted photos, including those that the library had before."""
        return [accepted.photo for accepted in self.intake.accepted]

    @property
    def rejected(self) -> list[RejectedFile]:
        return self.intake.rejected

    @property
    def error(self) -> str | None:
        """The sentence for an upload of which nothing was accepted; None if something was."""
        if self.intake.accepted or self.job:
            return None
        return self.rejected[0].error if len(self.rejected) == 1 else NONE_ACCEPTED

    @property
    def is_too_large(self) -> bool:
        """Whether all files were rejected because of their size."""
        return self.error is not None and all(rejected.too_large for rejected in self.rejected)


def is_zipped(incoming: IncomingFile) -> bool:
    """Whether the file is an archive, which a job imports."""
    return not incoming.too_large and archives.is_archive(incoming.name, incoming.path)


def submit_archives(intake: Intake, zipped: Mapping[int, tuple[IncomingFile, str]], door: str) -> Job | None:
    """Submit an import of these archives; None if none can be read. Rejected archives are added to the intake.

    `zipped` maps the index of a file in the upload to the file and its path in the library.
    """
    listing, keep = imports.Listing(intake.owner), {}
    for index, (incoming, path) in zipped.items():
        name = names.display_name(incoming.name, "zip")
        try:
            listing.add_archive(incoming.path, names.display_folder(path, incoming.name))
            listing.names.append(name)
            keep[index] = incoming.path
        except Unreadable as error:
            intake.rejected.append(RejectedFile(name, str(error), is_retryable=isinstance(error, Busy), index=index))
    try:
        return imports.submit(listing, door=door, keep=list(keep.values())) if keep else None
    except Refused as refused:
        submitted = zip(listing.names, keep, strict=True)
        intake.rejected += [RejectedFile(name, refused.sentence, index=index) for name, index in submitted]
        return None
