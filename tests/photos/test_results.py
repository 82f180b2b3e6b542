"""GET /api/jobs/<id>/results.zip."""

import io
import zipfile
from collections.abc import Callable

from django.test import Client

from jobs.models import Job
from photos.models import Photo
from tests.engine.work import fresh, work
from tests.photos.pictures import picture
from tests.photos.test_processing import submitted

Add = Callable[..., Photo]
TO_JPEG = [{"operation": "convert", "options": {"format": "jpeg"}}]


def archive_of(client: Client, job: Job) -> zipfile.ZipFile:
    response = client.get(f"/api/jobs/{job.uuid}/results.zip")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response)))
    assert archive.testzip() is None
    return archive


def test_the_results_keep_their_folders_and_names_that_meet_are_numbered(as_ana: Client, add: Add) -> None:
    add(name="a.jpg", path="Summer")
    add(picture(".png"), name="a.png", path="Summer")
    add(picture(".png"), name="A.png", path="summer")
    add(name="b.jpg")
    job = submitted(as_ana, steps=TO_JPEG)
    work(job)

    archive = archive_of(as_ana, job)

    assert archive.namelist() == ["Summer/a.jpg", "Summer/a (2).jpg", "summer/A (3).jpg", "b.jpg"]
    assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())


def test_a_job_that_was_cancelled_gives_what_was_made(as_ana: Client, ana: object, add: Add) -> None:
    for name in ("a.jpg", "b.jpg"):
        add(name=name)
    job = submitted(as_ana)
    assert archive_of(as_ana, job).namelist() == []

    work(job, items=1)
    fresh(job).cancel(by=ana, door="api")

    assert archive_of(as_ana, job).namelist() == ["a.jpg"]


def test_the_archive_has_the_name_of_the_job(as_ana: Client, add: Add) -> None:
    add()
    job = submitted(as_ana, title='Été / "2026"\r\nX: 1')

    disposition = as_ana.get(f"/api/jobs/{job.uuid}/results.zip")["Content-Disposition"]

    assert disposition.endswith("filename*=UTF-8''%C3%89t%C3%A9%20-%20%222026%22%20X%3A%201.zip")


def test_the_results_of_somebody_else_are_not_there(as_ana: Client, as_ben: Client, as_staff: Client, add: Add) -> None:
    add()
    job = submitted(as_ana)

    for client in (as_ben, as_staff):
        assert client.get(f"/api/jobs/{job.uuid}/results.zip").status_code == 404
    assert as_ana.get("/api/jobs/nonsense/results.zip").status_code == 404
