"""Writes a job's files into the folder of results: each output at the end of its item, the manifest at the end."""

import errno
import logging
from pathlib import Path
from typing import Any

from django.conf import settings

from jobs import states
from jobs.errors import ItemFailed, PassingFault, field_refusal
from jobs.kinds import Phase
from jobs.models import Job
from jobs.sources import Numbers, Source
from jobs.stop import Stop, Stopped
from jobs.wording import too_long
from jobs.work import Work
from photos.files import names, storage
from photos.kinds.failures import DISK_FULL_ERRNOS, TRANSIENT_ERRNOS
from photos.outputs import results_folder
from photos.outputs.export import catalogue_files
from photos.outputs.manifest import MANIFEST_CSV, MANIFEST_JSON, write_manifest
from photos.outputs.results_folder import DeliveryTakenOver

logger = logging.getLogger(__name__)

PHASE_NAME = "deliver"
MAX_FOLDER_CHARACTERS = 200
NO_RESULTS_FOLDER = "This server has no folder of results: its operator has not set STOPBATH_RESULTS."
INVALID_DELIVER = "deliver must be true, or the name of a folder inside the folder of results."
OUTSIDE_RESULTS_FOLDER = (
    "The folder of the results must lie inside the one that the operator allows: give a name such as Berlin/2026."
)
PATH_BLOCKED = "A link or a file stands where a folder is needed in the folder of results"
NO_SPACE = "There is no space left in the folder of results"


def parse_folder(data: dict[str, Any]) -> str | None:
    """The folder that a submit names: empty for the job's own folder, None for a job without delivery.

    Raises Refused.
    """
    value = data.get("deliver")
    if value is None or value is False:
        return None
    if settings.STOPBATH_RESULTS is None:
        raise field_refusal("deliver", NO_RESULTS_FOLDER)
    if value is True or value == "":
        return ""
    if not isinstance(value, str):
        raise field_refusal("deliver", INVALID_DELIVER)
    if len(value) > MAX_FOLDER_CHARACTERS:
        raise field_refusal("deliver", too_long("The name of the folder", MAX_FOLDER_CHARACTERS))
    folder = names.safe_folder(value)
    if names.is_outside(value) or not folder:
        raise field_refusal("deliver", OUTSIDE_RESULTS_FOLDER)
    return folder


def job_folder(job: Job) -> str | None:
    """The folder of a job inside the folder of results; None for a job without delivery."""
    if PHASE_NAME not in job.spec:
        return None
    title = names.clip(names.to_portable(job.title), 120)
    return job.spec[PHASE_NAME] or names.safe_folder(f"{job.created_at:%Y-%m-%d} {title} {job.uuid.hex[-6:]}")


def note_path(job_uuid: str, position: int) -> Path:
    """The path of the note about a delivered output; notes lie in numbered folders, as outputs do."""
    return storage.numbered_folder(storage.notes(job_uuid), position) / str(position)


def deliver_output(result: dict[str, Any], folder: str, work: Work, stop: Stop) -> dict[str, Any]:
    """Copy an output into the folder; returns the result with the path of the copy.

    Raises ItemFailed or Stopped, after removing the output.
    """
    output, note = storage.output(result["file"]), note_path(work.job_uuid, work.position)
    try:
        path = copy_to_folder(output, folder, result["path"], result["name"], note, stop)
    except (ItemFailed, Stopped):
        storage.remove_output(result["file"])
        raise
    return result | {"delivered": path, "note": note.relative_to(storage.root()).as_posix()}


def copy_to_folder(source: Path, folder: str, inner: str, name: str, note: Path, stop: Stop) -> str:
    """Copy a file into the folder; returns the path of the copy. Raises ItemFailed, PassingFault or Stopped."""
    try:
        return results_folder.deliver(
            source, f"{names.safe_folder(folder, inner)}/{names.safe_name(name)}", note, stop.check
        )
    except DeliveryTakenOver as error:
        raise PassingFault("Another attempt at this file was in progress") from error
    except OSError as error:
        raise (
            PassingFault(describe_error(error))
            if error.errno in TRANSIENT_ERRNOS
            else ItemFailed(describe_error(error))
        ) from error


def describe_error(error: OSError) -> str:
    """The sentence for the user about an error of the folder of results."""
    if error.errno in DISK_FULL_ERRNOS:
        return NO_SPACE
    if error.errno in (errno.ENOTDIR, errno.ELOOP):
        return PATH_BLOCKED
    return f"The folder of results cannot be written to: {error.strerror or error}"


def remove_delivered(results: list[dict[str, Any]]) -> None:
    """Remove the delivered copies of these results if the job was cancelled with `discard`.

    The results of a lane that lost its claims keep their copies: the next attempt finds the notes and continues.
    """
    notes = [storage.output(result["note"]) for result in results if "note" in result]
    if notes and is_being_discarded(notes[0].parent.parent.parent.name):
        remove_noted_files(notes)


def is_being_discarded(job_uuid: str) -> bool:
    return Job.objects.filter(uuid=job_uuid, status=states.CANCELLED, discard=True, settled_at=None).exists()


def remove_all_delivered(job_uuid: str) -> None:
    """Remove every delivered copy of a job, of unfinished items too, and the notes."""
    folder = storage.notes(job_uuid)
    remove_noted_files(sorted(path for path in folder.rglob("[!.]*") if path.is_file()))
    storage.remove_notes(job_uuid)


def remove_noted_files(notes: list[Path]) -> None:
    """Remove the copies that these notes record, then empty folders; failures are logged."""
    for note in notes:
        try:
            results_folder.remove_delivered(note)
        except OSError as error:
            logger.warning("A file could not be taken back from the folder of results: %s", error)
        results_folder.remove_empty_folders(note)


class DeliverPhase(Phase):
    """Writes the files about the whole job beside its outputs: the manifest, and the catalogue if there is one."""

    name = PHASE_NAME
    title = "Writing the manifest…"
    follows_files = False

    def source(self, job: Job) -> Source:
        return Numbers(1, name="Manifest")

    def do(self, work: Work, prepared: Any, stop: Stop) -> dict[str, Any]:
        """Write the files, in place of those of an earlier run. Raises ItemFailed or Stopped."""
        job = Job.objects.get(uuid=work.job_uuid)
        return {"written": write_job_files(job, stop)}


def write_job_files(job: Job, stop: Stop) -> list[str]:
    """Write manifest and catalogue; returns the paths of the copies. Raises ItemFailed or Stopped."""
    folder, notes = job_folder(job) or "", storage.notes(str(job.uuid))
    with storage.temporary_folder() as temporary:
        write_manifest(job, temporary / MANIFEST_CSV, temporary / MANIFEST_JSON, folder, stop.check)
        files = [temporary / MANIFEST_CSV, temporary / MANIFEST_JSON, *catalogue_files(job)]
        return [copy_to_folder(file, folder, "", file.name, notes / file.name, stop) for file in files]


def lacks_manifest(job: Job) -> bool:
    """Whether a job that was cancelled or failed has delivered outputs: it never reaches the phase of the manifest."""
    # From the phases, not from the spec, which may hold 10,000 ids: every cancel calls this.
    delivers = any(phase.name == PHASE_NAME for phase in job.phase_rows)
    return delivers and not job.discard and job.phase_rows[0].succeeded > 0
