"""Jobs that bring files of folders and archives into a library."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from jobs import states
from jobs.errors import ItemFailed, PassingFault, Refused
from jobs.kinds import Kind, Phase, Submission
from jobs.models import Job
from jobs.sources import Rows, Source
from jobs.stop import Stop
from jobs.work import Work
from photos.files import archives, storage
from photos.files.incoming import IncomingFile, read_chunks, receive
from photos.imaging.formats import Unreadable
from photos.imaging.sandbox import Busy
from photos.kinds.failures import storage_failure
from photos.library import imports
from photos.library.uploads import Intake, NotAccepted
from photos.models import Import, ImportedFile, Photo
from photos.models.importing import decode_location

FILE_MISSING = "The file is no longer where it was"
NOT_SUBMITTABLE = "Upload a ZIP file, or use manage.py import."


@dataclass
class ImportTools:
    """What every file of an import needs: where it goes, and the archives that are open."""

    batch: Import
    intake: Intake
    open_archives: dict[int, archives.Archive] = field(default_factory=dict)

    def archive(self, number: int) -> archives.Archive:
        """An archive of the batch, opened once a turn. Raises Unreadable or OSError."""
        if number not in self.open_archives:
            self.open_archives[number] = archives.Archive(decode_location(self.batch.archives[number]))
        return self.open_archives[number]


class ImportPhase(Phase):
    """Takes in file after file."""

    name = imports.KIND_NAME
    title = "Importing Files…"

    def source(self, job: Job) -> Source:
        """What was listed."""
        return Rows(ImportedFile.objects.filter(batch=job.spec["import"]))

    def prepare(self, job: Job) -> ImportTools:
        """The set that the files become."""
        batch = Import.objects.select_related("owner").get(pk=job.spec["import"])
        return ImportTools(batch, Intake(batch.owner, batch.set()))

    def do(self, work: Work, prepared: ImportTools, stop: Stop) -> dict[str, Any]:
        """Take a copy of one file; the same bytes are kept once."""
        file = ImportedFile.objects.get(pk=work.ref or 0)
        if file.problem:
            raise ItemFailed(file.problem)
        try:
            arrived = receive(file.name, check_stop_between(read_pieces(file, prepared), stop))
        except Unreadable as error:
            raise ItemFailed(str(error)) from error
        except FileNotFoundError as error:
            raise ItemFailed(FILE_MISSING) from error
        except OSError as error:
            raise storage_failure(error) from error
        return self.store(file, arrived, prepared)

    def store(self, file: ImportedFile, arrived: IncomingFile, prepared: ImportTools) -> dict[str, Any]:
        """Put what has arrived into the library. Raises ItemFailed, or PassingFault."""
        try:
            if archives.is_archive(file.name, arrived.path):
                raise ItemFailed(archives.NESTED_ARCHIVE)
            accepted = prepared.intake.accept(arrived, file.full_name)
        except Busy as busy:
            raise PassingFault(str(busy)) from busy
        except (NotAccepted, Unreadable) as error:
            raise ItemFailed(str(error)) from error
        except OSError as error:
            raise storage_failure(error) from error
        finally:
            arrived.close()
        file.photo_key = accepted.photo.pk
        file.save(update_fields=("photo_key",))
        return {"import": prepared.batch.pk, "photo": str(accepted.photo.uuid), "duplicate": accepted.duplicate}


class ImportKind(Kind):
    """Brings files into a library."""

    name = imports.KIND_NAME
    label = "Import"
    makes_files = False
    phases = {ImportPhase.name: ImportPhase()}

    def submission(self, data: dict[str, Any], owner: Any) -> Submission:
        """Nobody submits one by naming files of the server. Raises Refused."""
        raise Refused(NOT_SUBMITTABLE, {"kind": NOT_SUBMITTABLE})

    def phase(self, name: str) -> Phase:
        """The phase of that name. Raises KeyError."""
        return self.phases[name]

    def paths(self, refs: Iterable[int]) -> dict[int, str]:
        """The folders that the files lie in."""
        return dict(ImportedFile.objects.filter(pk__in=list(refs)).values_list("pk", "path"))

    def discard(self, results: Iterable[dict[str, Any]]) -> None:
        """Take what was brought out of the library again, where that was asked for with the cancel.

        Not what a lane drops that lost its claims: another one has found the same photo by then, and counted it.
        """
        for batch, brought in groupby(results, key=itemgetter("import")):
            uuids = [result["photo"] for result in brought if not result["duplicate"]]
            jobs = Import.objects.filter(pk=batch).values("job_uuid")
            if Job.objects.filter(uuid__in=jobs, status=states.CANCELLED, discard=True).exists():
                Photo.objects.filter(uuid__in=uuids).remove()

    def clean_up(self, job_uuid: str) -> None:
        """Delete the archives, unless a retry could still bring something out of them."""
        for batch in Import.objects.filter(job_uuid=job_uuid):
            if not batch.files.filter(photo_key=None, problem="").exists():
                storage.remove_imports(str(batch.uuid))

    def delete_outputs(self, job_uuid: str, until: float) -> bool:
        """Delete the archives and the list; what is in the library stays."""
        return all(imports.delete_batch(batch, until) for batch in Import.objects.filter(job_uuid=job_uuid))


def read_pieces(file: ImportedFile, prepared: ImportTools) -> Iterator[bytes]:
    """The bytes of a file, wherever it lies."""
    if file.archive is None or file.member is None:
        return read_chunks(decode_location(file.location))
    return prepared.archive(file.archive).read_chunks(file.member)


def check_stop_between(pieces: Iterator[bytes], stop: Stop) -> Iterator[bytes]:
    """The same bytes; the stop sign is looked at between two pieces."""
    for piece in pieces:
        stop.check()
        yield piece
