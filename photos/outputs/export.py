"""Writes the outputs of a job into any folder: complete files only, and never over an existing one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jobs import states
from jobs.models import Job
from photos.catalogue.building import CATALOGUE_FILES
from photos.catalogue.pieces import PHASE_NAME
from photos.files import names, storage
from photos.imaging.formats import EXTENSIONS
from photos.models import Import, ImportedFile
from photos.outputs import results_folder

FILES_PER_QUERY = 500


def write_outputs(job: Job, batch: Import, folder: Path) -> int:
    """Write the outputs of an import's files under the paths of their sources; returns their number. Raises OSError."""
    has_rename = any(step["operation"] == "rename" for step in job.spec["steps"])
    count = 0
    for file, result in walk_results(job, batch):
        # The same bytes may lie under several names: each gets an output of its own.
        place, name = file.path, names.replace_extension(file.name, EXTENSIONS[result["format"]])
        if has_rename:
            place, name = result["path"], result["name"]
        results_folder.write_file(storage.output(result["file"]), folder, "/".join(filter(None, (place, name))))
        count += 1
    return count


def walk_results(job: Job, batch: Import) -> Iterator[tuple[ImportedFile, dict[str, Any]]]:
    """The files of an import that have an output, in their order, each with its result."""
    after = 0
    rows = batch.files.exclude(photo_key=None).order_by("pk")
    while files := list(rows.filter(pk__gt=after)[:FILES_PER_QUERY]):
        succeeded = job.items.first_phase().filter(status=states.SUCCEEDED, ref__in={file.photo_key for file in files})
        results = dict(succeeded.values_list("ref", "result"))
        for file in files:
            result = results.get(file.photo_key)
            if result and "file" in result:
                yield file, result
        after = files[-1].pk


def write_catalogue(job: Job, folder: Path) -> list[str]:
    """Copy the files of a job's catalogue; returns the names of the copies. Raises OSError."""
    return [results_folder.write_file(file, folder, file.name) for file in catalogue_files(job)]


def catalogue_files(job: Job) -> list[Path]:
    """The files of a job's catalogue; empty until the catalogue is complete."""
    phase = next((phase for phase in job.phase_rows if phase.name == PHASE_NAME), None)
    assembly = phase and job.items.filter(phase=phase.number, position=phase.total, status=states.SUCCEEDED).first()
    if not assembly or not assembly.result:
        return []
    return [storage.output(f"{assembly.result['catalogue']}/{name}") for name in CATALOGUE_FILES]
