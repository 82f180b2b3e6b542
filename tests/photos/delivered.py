"""Submits jobs with a delivery, and reads the folder of results."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

from django.test import Client

from jobs.models import Job
from photos.files import storage
from photos.models import Photo
from tests.photos.kinds.test_processing import submit_job

Add = Callable[..., Photo]
MANIFEST = ["manifest.csv", "manifest.json"]


def list_files(folder: Path) -> list[str]:
    """The paths of all files below a folder, hidden ones included, relative to it."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def read_outputs(job: Job) -> list[bytes]:
    processed_items = job.items.filter(phase=0, result__isnull=False).order_by("position")
    return [storage.output(item.result["file"]).read_bytes() for item in processed_items]


def read_manifest(folder: Path, name: str = "manifest.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text("utf-8-sig"))))


def submit_three(client: Client, add: Add) -> Job:
    photos = [str(add(name=f"{letter}.jpg").uuid) for letter in "abc"]
    return submit_job(client, deliver="x", photos=photos)
