"""The kind of job that writes a new file for each photo."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeGuard

from django.urls import reverse

from jobs.fields import SubmitSerializer
from jobs.kinds import Kind, Phase, Submission
from jobs.models import Item, Job
from jobs.sources import Source
from jobs.stop import Stop
from jobs.work import PendingResult, Work
from photos.files import names, storage
from photos.imaging import atomic_file
from photos.imaging.formats import EXTENSIONS, MIME_TYPES, Unreadable
from photos.imaging.operations import Step
from photos.imaging.pipeline import OutputFile, process
from photos.kinds import delivery
from photos.kinds.catalogue import CataloguePhase
from photos.kinds.classify import ClassifyPhase
from photos.kinds.failures import file_failure, missing_photo_failure, require_original, storage_failure
from photos.kinds.reading import ocr_languages
from photos.kinds.serializers import PictureOutputSerializer, ProcessSubmitSerializer
from photos.kinds.stopping import as_engine_stop
from photos.kinds.submission import process_submission, selection_source
from photos.models import Photo
from photos.outputs import partial_pages
from photos.outputs.naming import name_output
from photos.recipes import steps


class ProcessPlan(NamedTuple):
    """The steps for every photo of a job, and the folder of its deliveries."""

    steps: list[Step]
    folder: str | None  # inside the folder of results


class ProcessPhase(Phase):
    """Applies the steps to each photo."""

    name = "process"
    title = "Processing Files…"

    def source(self, job: Job) -> Source:
        return selection_source(job.spec)

    def prepare(self, job: Job) -> ProcessPlan:
        """The steps with the files of other photos that they need, and the folder of deliveries."""
        parsed = steps.check_steps(job.spec["steps"])
        files = Photo.objects.filter(owner_id=job.owner_id).files(steps.photo_ids(parsed))
        return ProcessPlan(steps.attach_photos(parsed, files), delivery.job_folder(job))

    @as_engine_stop()
    def do(self, work: Work, prepared: ProcessPlan, stop: Stop) -> dict[str, Any] | PendingResult | None:
        """Write the output of a photo; None for a job without steps. The original is only read.

        Raises Stopped or ItemFailed.
        """
        photo = Photo.objects.select_related("file").filter(pk=work.ref or 0).first()
        if photo is None:
            raise missing_photo_failure(work)
        path = photo.file.path
        if not prepared.steps:  # the photo was selected for the later phases
            require_original(path, work)
            return None
        pages = partial_pages.take_over_pages(work) if photo.file.pages > 1 else None
        try:
            output = process(
                path, photo.format, prepared.steps, make_output_folder(work), work.token, stop.on_abort, pages,
                ocr_languages(), durable=False,
            )  # fmt: skip
        except (Unreadable, OSError) as error:
            raise file_failure(error, path, work) from error
        finally:
            if pages is not None:
                partial_pages.remove_empty_folder(work)
        result = build_result(photo, output) | name_output(photo, output, prepared.steps, work.position)
        if prepared.folder is None:
            # The disk syncs while the lane opens the next photo.
            return PendingResult(result, storage.syncer().submit(sync_output, output.path))
        sync_output(output.path)  # before the copy: a failed output must not leave one
        return delivery.deliver_output(result, prepared.folder, work, stop)


class Process(Kind):
    """Writes new files for photos."""

    name = "process"
    label = "Process"
    submit_serializer: type[SubmitSerializer] = ProcessSubmitSerializer
    output_serializer = PictureOutputSerializer
    item_template = "photos/_item.html"
    summary_template = "photos/_job.html"
    buttons_template = "photos/_buttons.html"
    phases: ClassVar[Mapping[str, Phase]] = {
        each.name: each for each in (ProcessPhase(), ClassifyPhase(), CataloguePhase(), delivery.DeliverPhase())
    }

    def submission(self, data: dict[str, Any], owner: Any) -> Submission:
        """The submission of a submit of this kind. Raises Refused."""
        return process_submission(data, owner)

    def output(self, item: Item) -> dict[str, Any] | None:
        """The output for the API; None for an item without a file."""
        if not has_file(item.result):
            return None
        keys = ("name", "format", "width", "height", "size", "notes")  # notes: only if there are any
        return {key: item.result[key] for key in keys if key in item.result}

    def open_output(self, item: Item) -> tuple[Path, str, str]:
        """Path, name and media type of an output. Raises FileNotFoundError."""
        if not has_file(item.result):
            raise FileNotFoundError(item.name)
        return storage.output(item.result["file"]), item.result["name"], MIME_TYPES[item.result["format"]]

    def results_url(self, job: Job) -> str | None:
        """The address of the ZIP file of all outputs; None for a kind without files."""
        return reverse("api:job-results", args=[job.uuid]) if self.makes_files else None

    def delete_warning(self, job: Job) -> str:
        """The question before a delete, which says that deliveries stay."""
        question = super().delete_warning(job)
        if delivery.PHASE_NAME not in job.spec:
            return question
        return f"{question.removesuffix('.')}, and so does what is in the folder of results."

    def paths(self, refs: Iterable[int]) -> dict[int, str]:
        """The folders of the photos that still exist, by primary key."""
        return dict(Photo.objects.filter(pk__in=list(refs)).values_list("pk", "path"))

    def discard(self, results: Iterable[dict[str, Any]]) -> None:
        """Delete outputs and pieces of catalogues, and after a cancel with `discard` the delivered copies."""
        results = list(results)
        delivery.remove_delivered(results)
        for result in results:
            for file in result_files(result):
                storage.remove_output(file)

    def discard_unfinished(self, job_uuid: str) -> None:
        """Delete all deliveries, and the pages of multi-page files that a cancel left for a resume."""
        delivery.remove_all_delivered(job_uuid)
        storage.remove_unfinished(job_uuid)

    def needs_finalizing(self, job: Job) -> bool:
        """Whether delivered outputs still lack their manifest."""
        return delivery.lacks_manifest(job)

    def finalize(self, job: Job) -> None:
        """Write the manifest of delivered outputs. Raises ItemFailed."""
        delivery.write_job_files(job, Stop())

    def delete_outputs(self, job_uuid: str, until: float) -> bool:
        """Delete the files of a job, incomplete ones of killed workers included; deliveries stay.

        False if `until`, a monotonic time, came before the end.
        """
        return storage.remove_outputs(job_uuid, until)


def sync_output(output: Path) -> None:
    """Wait until an output is on the disk. Raises ItemFailed, after removing the output."""
    try:
        atomic_file.sync(output)
    except OSError as error:
        output.unlink(missing_ok=True)
        raise storage_failure(error) from error


def make_output_folder(work: Work) -> Path:
    """Create the folder of an item's output; returns its path."""
    folder = storage.numbered_folder(storage.outputs(work.job_uuid), work.position)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def build_result(photo: Photo, output: OutputFile) -> dict[str, Any]:
    """The result of an item, as the database stores it."""
    return {
        "file": output.path.relative_to(storage.root()).as_posix(),
        "name": names.replace_extension(photo.name, EXTENSIONS[output.format]),
        "path": photo.path,
        "format": output.format,
        "width": output.width,
        "height": output.height,
        "size": output.size,
        "sha256": hash_file(output.path),
        "source_size": photo.file.size,
        **({"notes": list(output.notes)} if output.notes else {}),
    }


def hash_file(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal; a file just written is read from the page cache."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def has_file(result: dict[str, Any] | None) -> TypeGuard[dict[str, Any]]:
    """Whether a result has an output; results of other phases have none."""
    return result is not None and "file" in result


def result_files(result: dict[str, Any]) -> list[str]:
    """The names of the files that a result of any phase refers to, relative to the storage."""
    return [result["file"]] if "file" in result else list(result.get("files", ()))
