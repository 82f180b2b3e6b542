"""The kind of job that imports files of folders and archives into a library."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, ClassVar

from jobs import states
from jobs.errors import ItemFailed, PassingFault, field_refusal
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
    """The intake and the open archives of an import."""

    batch: Import
    intake: Intake
    open_archives: dict[int, archives.Archive] = field(default_factory=dict)

    def archive(self, number: int) -> archives.Archive:
        """An archive of the batch, opened at the first call. Raises Unreadable or OSError."""
        if number not in self.open_archives:
            self.open_archives[number] = archives.Archive(decode_location(self.batch.archives[number]))
        return self.open_archives[number]


class ImportPhase(Phase):
    """Adds each file of an import to the library."""

    name = imports.KIND_NAME
    title = "Importing Files…"

    def source(self, job: Job) -> Source:
        return Rows(ImportedFile.objects.filter(batch=job.spec["import"]))

    def prepare(self, job: Job) -> ImportTools:
        batch = Import.objects.select_related("owner").get(pk=job.spec["import"])
        return ImportTools(batch, Intake(batch.owner, batch.set()))

    def do(self, work: Work, prepared: ImportTools, stop: Stop) -> dict[str, Any]:
        """Copy a file into the library, once for the same bytes; returns the result. Raises ItemFailed or Stopped."""
        file = ImportedFile.objects.get(pk=work.ref or 0)
        if file.problem:
            raise ItemFailed(file.problem)
        try:
            incoming = receive(file.name, check_stop_between(read_pieces(file, prepared), stop))
        except Unreadable as error:
            raise ItemFailed(str(error)) from error
        except FileNotFoundError as error:
            raise ItemFailed(FILE_MISSING) from error
        except OSError as error:
            raise storage_failure(error) from error
        return self.store(file, incoming, prepared)

    def store(self, file: ImportedFile, incoming: IncomingFile, prepared: ImportTools) -> dict[str, Any]:
        """Add an incoming file to the library and close it; returns the result. Raises ItemFailed or PassingFault."""
        try:
            if archives.is_archive(file.name, incoming.path):
                raise ItemFailed(archives.NESTED_ARCHIVE)
            accepted = prepared.intake.accept(incoming, file.full_name)
        except Busy as busy:
            raise PassingFault(str(busy)) from busy
        except (NotAccepted, Unreadable) as error:
            raise ItemFailed(str(error)) from error
        except OSError as error:
            raise storage_failure(error) from error
        finally:
            incoming.close()
        file.photo_key = accepted.photo.pk
        file.save(update_fields=("photo_key",))
        return {"import": prepared.batch.pk, "photo": str(accepted.photo.uuid), "duplicate": accepted.duplicate}


class ImportKind(Kind):
    """Imports files into a library."""

    name = imports.KIND_NAME
    label = "Import"
    makes_files = False
    phases: ClassVar[Mapping[str, Phase]] = {ImportPhase.name: ImportPhase()}

    def submission(self, data: dict[str, Any], owner: Any) -> Submission:
        """Raise Refused: a submit through the API must not name files of the server."""
        raise field_refusal("kind", NOT_SUBMITTABLE)

    def paths(self, refs: Iterable[int]) -> dict[int, str]:
        """The folders of the imported files in the library, by primary key."""
        return dict(ImportedFile.objects.filter(pk__in=list(refs)).values_list("pk", "path"))

    def discard(self, results: Iterable[dict[str, Any]]) -> None:
        """Delete the imported photos if the job was cancelled with `discard`.

        The results of a lane that lost its claims keep their photos: another lane has found the same photos by then.
        """
        for batch, batch_results in groupby(results, key=itemgetter("import")):
            uuids = [result["photo"] for result in batch_results if not result["duplicate"]]
            jobs = Import.objects.filter(pk=batch).values("job_uuid")
            if Job.objects.filter(uuid__in=jobs, status=states.CANCELLED, discard=True).exists():
                Photo.objects.filter(uuid__in=uuids).remove()

    def clean_up(self, job_uuid: str) -> None:
        """Delete the archives, unless a retry may still import files from them."""
        for batch in Import.objects.filter(job_uuid=job_uuid):
            if not batch.files.filter(photo_key=None, problem="").exists():
                storage.remove_imports(str(batch.uuid))

    def delete_outputs(self, job_uuid: str, until: float) -> bool:
        """Delete archives and listing; imported photos stay.

        False if `until`, a monotonic time, came before the end.
        """
        return all(imports.delete_batch(batch, until) for batch in Import.objects.filter(job_uuid=job_uuid))


def read_pieces(file: ImportedFile, prepared: ImportTools) -> Iterator[bytes]:
    """The bytes of a file, or of a file in an archive. Raises Unreadable or OSError."""
    if file.archive is None or file.member is None:
        return read_chunks(decode_location(file.location))
    return prepared.archive(file.archive).read_chunks(file.member)


def check_stop_between(pieces: Iterator[bytes], stop: Stop) -> Iterator[bytes]:
    """The pieces, with a check of the stop before each. Raises Stopped."""
    for piece in pieces:
        stop.check()
        yield piece
