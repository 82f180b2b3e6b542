"""Runs jobs with a catalogue, and reads their catalogues."""

import csv
import io
import json
from datetime import datetime
from typing import Any

from django.test import Client

from jobs.models import Job
from photos.models import Photo, StoredFile
from tests.jobs.work import run_items
from tests.photos.kinds.test_processing import submit_job

SMALLER = [{"operation": "resize", "options": {"longest_edge": 16}}]


def download_catalogue(client: Client, job: Job, extension: str) -> bytes:
    response = client.get(f"/api/jobs/{job.uuid}/catalogue.{extension}")
    assert response.status_code == 200, response.content
    content: bytes = response.getvalue()
    return content


def as_json(client: Client, job: Job) -> Any:
    return json.loads(download_catalogue(client, job, "json"))


def as_csv(client: Client, job: Job) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(download_catalogue(client, job, "csv").decode("utf-8-sig"))))


def run_catalogue_job(client: Client, **body: Any) -> Job:
    job = submit_job(client, **({"steps": SMALLER, "catalogue": True} | body))
    run_items(job)
    return job


def set_facts(photo: Photo, category: str = "", taken_at: datetime | None = None, **facts: Any) -> Photo:
    Photo.objects.filter(pk=photo.pk).update(category=category, taken_at=taken_at)
    StoredFile.objects.filter(pk=photo.file_id).update(**facts)
    return photo
