"""GET /api/jobs/<id>/results.zip."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from jobs.models import Job
from photos.files import storage
from photos.models import Photo
from photos.outputs import manifest
from tests.jobs.work import clear_removed_jobs, reload, run_items
from tests.photos.kinds.test_processing import submit_job
from tests.photos.pictures import picture

Add = Callable[..., Photo]
MANIFEST = ["manifest.csv", "manifest.json"]
TO_JPEG = [{"operation": "convert", "options": {"format": "jpeg"}}]


def download_archive(client: Client, job: Job) -> zipfile.ZipFile:
    response = client.get(f"/api/jobs/{job.uuid}/results.zip")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response)))
    assert archive.testzip() is None
    return archive


def test_the_results_keep_their_folders_and_equal_names_are_numbered(as_ana: Client, add: Add) -> None:
    add(name="a.jpg", path="Summer")
    add(picture(".png"), name="a.png", path="Summer")
    add(picture(".png"), name="A.png", path="summer")
    add(name="b.jpg")
    job = submit_job(as_ana, steps=TO_JPEG)
    run_items(job)

    archive = download_archive(as_ana, job)

    assert archive.namelist() == ["Summer/a.jpg", "Summer/a (2).jpg", "summer/A (3).jpg", "b.jpg", *MANIFEST]
    assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())


def test_a_cancelled_job_has_the_outputs_made_so_far(as_ana: Client, ana: object, add: Add) -> None:
    for name in ("a.jpg", "b.jpg"):
        add(name=name)
    job = submit_job(as_ana)
    assert download_archive(as_ana, job).namelist() == MANIFEST

    run_items(job, items=1)
    reload(job).cancel(by=ana, door="api")

    assert download_archive(as_ana, job).namelist() == ["a.jpg", *MANIFEST]


def test_the_archive_has_the_name_of_the_job(as_ana: Client, add: Add) -> None:
    add()
    job = submit_job(as_ana, title='Été / "2026"\r\nX: 1')

    disposition = as_ana.get(f"/api/jobs/{job.uuid}/results.zip")["Content-Disposition"]

    assert disposition.endswith("filename*=UTF-8''%C3%89t%C3%A9%20-%20%222026%22%20X%3A%201.zip")


def test_the_results_of_another_user_are_not_found(as_ana: Client, as_ben: Client, as_staff: Client, add: Add) -> None:
    add()
    job = submit_job(as_ana)

    for client in (as_ben, as_staff):
        assert client.get(f"/api/jobs/{job.uuid}/results.zip").status_code == 404
    assert as_ana.get("/api/jobs/nonsense/results.zip").status_code == 404


def test_the_manifest_in_the_archive_lists_every_file_with_the_name_of_its_output(
    as_ana: Client, ana: Any, add: Add
) -> None:
    for name, path in (("a.png", "Summer"), ("a.jpg", "Summer"), ("b.jpg", ""), ("c.jpg", "")):
        add(picture(f".{name[2:]}"), name=name, path=path)
    job = submit_job(as_ana, steps=TO_JPEG, photos=[str(photo.uuid) for photo in Photo.objects.order_by("pk")])
    Photo.objects.get(name="b.jpg").file.path.unlink()
    run_items(job, items=3)
    reload(job).cancel(by=ana, door="api")

    archive = download_archive(as_ana, job)

    lines = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))
    assert [(line["name"], line["output"], line["outcome"]) for line in lines] == [
        ("a.png", "Summer/a.jpg", "succeeded"), ("a.jpg", "Summer/a (2).jpg", "succeeded"), ("b.jpg", "", "failed"),
        ("c.jpg", "", "skipped"),
    ]  # fmt: skip
    assert lines[0]["output_sha256"] == hashlib.sha256(archive.read("Summer/a.jpg")).hexdigest()
    manifest_data = json.loads(archive.read("manifest.json"))
    assert [file["output"] for file in manifest_data["files"]] == [line["output"] for line in lines]
    assert (manifest_data["title"], manifest_data["succeeded"], manifest_data["failed"]) == (job.title, 2, 1)


def test_files_that_were_never_planned_stand_in_the_manifest(as_ana: Client, ana: Any, add: Add) -> None:
    for name in ("a.jpg", "b.jpg"):
        add(name=name)
    job = submit_job(as_ana)
    reload(job).cancel(by=ana, door="api")

    files = json.loads(download_archive(as_ana, job).read("manifest.json"))["files"]

    assert [(file["name"], file["outcome"]) for file in files] == [
        ("a.jpg", "skipped"),
        ("b.jpg", "skipped"),
    ]


def test_a_missing_output_is_reported_and_the_others_are_sent(as_ana: Client, add: Add) -> None:
    add(name="a.jpg")
    add(picture(".png"), name="manifest.csv")
    job = submit_job(as_ana, steps=[{"operation": "rename", "options": {"template": "manifest"}}])
    run_items(job)
    storage.output(job.items.get(position=1).result["file"]).unlink()

    archive = download_archive(as_ana, job)

    assert archive.namelist() == ["manifest.png", *MANIFEST]
    manifest_data = json.loads(archive.read("manifest.json"))["files"]
    assert [(file["output"], file["error"]) for file in manifest_data] == [
        ("", "The result is missing from the storage"), ("manifest.png", ""),
    ]  # fmt: skip


def test_an_output_that_vanishes_while_it_is_sent_is_sent_to_its_end(as_ana: Client, add: Add) -> None:
    add(name="a.jpg")
    job = submit_job(as_ana)
    run_items(job)
    output = storage.output(job.items.get().result["file"])
    content = output.read_bytes()
    sent = iter(as_ana.get(f"/api/jobs/{job.uuid}/results.zip"))

    begin = next(sent)
    output.unlink()
    archive = zipfile.ZipFile(io.BytesIO(b"".join([begin, *sent])))

    assert archive.read("a.jpg") == content


def test_a_job_that_is_deleted_during_the_download_leaves_a_whole_archive_that_says_so(
    as_ana: Client, ana: Any, add: Add, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(manifest, "ITEMS_PER_QUERY", 1)
    for name in ("a.jpg", "b.jpg"):
        add(name=name)
    job = submit_job(as_ana)
    run_items(job)
    sent = iter(as_ana.get(f"/api/jobs/{job.uuid}/results.zip"))

    begin = next(sent)
    caplog.clear()
    caplog.set_level("INFO")
    reload(job).remove(by=ana, door="page")
    clear_removed_jobs()
    archive = zipfile.ZipFile(io.BytesIO(b"".join([begin, *sent])))

    assert archive.namelist() == ["a.jpg", *MANIFEST]
    manifest_data = json.loads(archive.read("manifest.json"))["files"]
    assert [(file["position"], file["output"], file["error"]) for file in manifest_data] == [
        (1, "a.jpg", ""), (2, "", manifest.JOB_DELETED),
    ]  # fmt: skip
    assert caplog.messages == [f"Job {job.uuid} was deleted while its results were downloaded"]


def test_every_system_can_unpack_the_names_in_the_archive(as_ana: Client, add: Add) -> None:
    long = "n" * 251
    for name, path in (("CON.jpg", ""), ("a:b?.jpg", "folder./AUX"), (f"{long}.jpg", ""), (f"{long}.png", "")):
        add(picture(name[-4:]), name=name, path=path)
    job = submit_job(as_ana, steps=TO_JPEG, photos=[str(photo.uuid) for photo in Photo.objects.order_by("pk")])
    run_items(job)

    archive = download_archive(as_ana, job)

    portable_names = ["_CON.jpg", "folder/_AUX/a-b-.jpg", f"{long}.jpg", f"{long[:-4]} (2).jpg"]
    assert archive.namelist() == [*portable_names, *MANIFEST]
    assert [file["output"] for file in json.loads(archive.read("manifest.json"))["files"]] == portable_names
