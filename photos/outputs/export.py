"""Writes what a job made into a folder: whole files only, and none over another."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jobs import states
from jobs.models import Job
from photos.catalogue.building import CATALOGUE_FILES
from photos.catalogue.pieces import PHASE_NAME
from photos.files import names, storage
from photos.imaging import atomic_file
from photos.imaging.formats import EXTENSIONS
from photos.models import Import, ImportedFile

FILES_PER_QUERY = 500


def write_outputs(job: Job, batch: Import, folder: Path) -> int:
    """Write the outputs of an import's files under the paths that these had; how many. Raises OSError."""
    renamed = any(step["operation"] == "rename" for step in job.spec["steps"])
    written = 0
    for file, result in walk_results(job, batch):
        # The same bytes may lie under several names: each gets an output of its own.
        place, name = file.path, names.replace_extension(file.name, EXTENSIONS[result["format"]])
        if renamed:
            place, name = result["path"], result["name"]
        put(storage.output(result["file"]), folder / place, name)
        written += 1
    return written


def walk_results(job: Job, batch: Import) -> Iterator[tuple[ImportedFile, dict[str, Any]]]:
    """The files of an import with what was made of each, in their order."""
    after = 0
    rows = batch.files.exclude(photo_key=None).order_by("pk")
    while files := list(rows.filter(pk__gt=after)[:FILES_PER_QUERY]):
        made = job.items.first_phase().filter(status=states.SUCCEEDED, ref__in={file.photo_key for file in files})
        results = dict(made.values_list("ref", "result"))
        for file in files:
            result = results.get(file.photo_key)
            if result and "file" in result:
                yield file, result
        after = files[-1].pk


def write_catalogue(job: Job, folder: Path) -> list[str]:
    """Copy the files of a job's catalogue; the names that they got."""
    return [put(file, folder, file.name).name for file in catalogue_files(job)]


def catalogue_files(job: Job) -> list[Path]:
    """The files of a job's catalogue; none as long as there is none."""
    phase = next((phase for phase in job.phase_rows if phase.name == PHASE_NAME), None)
    whole = phase and job.items.filter(phase=phase.number, position=phase.total, status=states.SUCCEEDED).first()
    if not whole or not whole.result:
        return []
    return [storage.output(f"{whole.result['catalogue']}/{name}") for name in CATALOGUE_FILES]


def put(source: Path, folder: Path, name: str) -> Path:
    """Copy a file into a folder under a name, numbered where that is taken. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    number, target = 1, folder / name
    while True:
        try:
            copy(source, target)
        except FileExistsError:
            number += 1
            target = folder / names.add_number(name, number)
        else:
            return target


def copy(source: Path, target: Path) -> None:
    """A copy that appears whole, or not at all. Raises FileExistsError where there is something already."""
    if os.path.lexists(target):
        raise FileExistsError(target)
    aside = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        shutil.copyfile(source, aside)
        atomic_file.sync(aside)
        appear(aside, target)
    finally:
        aside.unlink(missing_ok=True)


def appear(aside: Path, target: Path) -> None:
    """Give a file its name, unless another has it."""
    try:
        os.link(aside, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        aside.replace(target)
