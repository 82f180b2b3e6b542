"""GET /api/jobs/<id>/catalogue.csv and .json, and the manifests beside the results."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from photos.catalogue.records import MANIFEST_COLUMNS
from photos.models import Photo, PhotoText
from tests.jobs.work import run_items
from tests.photos.catalogues import SMALLER, as_csv, as_json, run_catalogue_job, set_facts
from tests.photos.kinds.test_processing import submit_job
from tests.photos.pictures import dated_jpeg, picture

Add = Callable[..., Photo]
PNG_BOMB = '=HYPERLINK("http://example.org")'


def test_the_manifest_tells_everything_of_each_file(as_ana: Client, add: Add) -> None:
    photo = set_facts(
        add(picture(".png"), name="beach.png", path="Summer"), "Sea", datetime(2026, 5, 1, 12, tzinfo=UTC),
        camera="Canon EOS R5", latitude=48.8925, longitude=-2.25,
    )  # fmt: skip
    job = run_catalogue_job(as_ana, steps=[{"operation": "convert", "options": {"format": "jpeg"}}])

    manifest = as_json(as_ana, job)

    output = as_ana.get(f"/api/jobs/{job.uuid}/items/1/output").getvalue()
    (group,) = manifest["groups"]
    assert (manifest["job"], manifest["total"], manifest["succeeded"]) == (str(job.uuid), 1, 1)
    assert (group["category"], group["date"]) == ("Sea", "2026-05-01")
    assert group["files"] == [
        {
            "position": 1, "path": "Summer", "name": "beach.png", "output": "beach.jpg", "outcome": "succeeded",
            "error": "", "sha256": photo.file.sha256, "output_sha256": hashlib.sha256(output).hexdigest(),
            "size": photo.file.size, "output_size": len(output), "format": "png", "output_format": "jpeg",
            "category": "Sea", "kind": "photo", "text": "", "date": "2026-05-01T12:00:00+00:00",
            "camera": "Canon EOS R5", "latitude": 48.8925, "longitude": -2.25,
        }
    ]  # fmt: skip
    (line,) = as_csv(as_ana, job)
    assert line == {key: "" if value is None else str(value) for key, value in group["files"][0].items()}


def step(**options: Any) -> dict[str, Any]:
    return {"operation": "strip-metadata", "options": options}


STRIPPED = [
    ([], ["R5", 48.5, -2.5]),
    ([step(only="gps")], ["R5", None, None]),
    ([step(only="gps"), *SMALLER, step()], ["", None, None]),
    ([step(keep=["copyright"]), step(only="gps")], ["", None, None]),
]


@pytest.mark.parametrize(("steps", "expected"), STRIPPED)
def test_what_the_steps_strip_no_manifest_tells(
    as_ana: Client, add: Add, settings: Any, tmp_path: Path, steps: list[Any], expected: list[Any]
) -> None:
    settings.STOPBATH_RESULTS = tmp_path / "results"
    settings.STOPBATH_RESULTS.mkdir()
    photo = set_facts(add(), "", datetime(2026, 5, 1, 12, tzinfo=UTC), camera="R5", latitude=48.5, longitude=-2.5)
    job = run_catalogue_job(as_ana, steps=[*SMALLER, *steps], deliver="x")

    with zipfile.ZipFile(io.BytesIO(as_ana.get(f"/api/jobs/{job.uuid}/results.zip").getvalue())) as archive:
        manifests = [json.loads(archive.read("manifest.json"))]
    manifests.append(json.loads((tmp_path / "results/x/manifest.json").read_text()))
    files = [manifest["files"] for manifest in manifests] + [as_json(as_ana, job)["groups"][0]["files"]]

    assert len(files) == 3
    for (file,) in files:
        assert [file["camera"], file["latitude"], file["longitude"]] == expected
        assert (file["date"][:10], file["sha256"]) == ("2026-05-01", photo.file.sha256)
    assert list(as_csv(as_ana, job)[0]) == list(MANIFEST_COLUMNS)


def test_a_photo_stands_under_the_day_that_its_camera_showed(as_ana: Client, add: Add) -> None:
    add(dated_jpeg("2024:05:01 23:30:00", "-05:00"), name="evening.jpg")
    add(dated_jpeg("2024:05:01 00:30:00", "+09:00"), name="morning.jpg")
    add(dated_jpeg("2024:05:01 12:00:00"), name="noon.jpg")
    job = run_catalogue_job(as_ana)

    (day,) = as_json(as_ana, job)["groups"]
    assert day["date"] == "2024-05-01"
    assert {file["name"]: file["date"] for file in day["files"]} == {
        "evening.jpg": "2024-05-01T23:30:00-05:00",
        "morning.jpg": "2024-05-01T00:30:00+09:00",
        "noon.jpg": "2024-05-01T12:00:00+00:00",
    }


def test_no_cell_of_the_manifest_is_a_formula(as_ana: Client, add: Add) -> None:
    set_facts(add(name="@SUM(1).jpg", path="=1+1"), category=PNG_BOMB)
    job = run_catalogue_job(as_ana)

    (line,) = as_csv(as_ana, job)

    assert (line["name"], line["path"], line["category"]) == ("'@SUM(1).jpg", "'=1+1", f"'{PNG_BOMB}")
    assert as_json(as_ana, job)["groups"][0]["category"] == PNG_BOMB


def test_a_photo_that_was_deleted_since_is_told_by_what_is_known(as_ana: Client, add: Add) -> None:
    photo = add(name="a.jpg", path="Summer")
    job = submit_job(as_ana, steps=SMALLER, catalogue=True)
    run_items(job, items=1)
    photo.delete()

    run_items(job)

    (line,) = as_csv(as_ana, job)
    assert (line["name"], line["path"], line["output"], line["sha256"]) == ("a.jpg", "Summer", "a.jpg", "")


def test_the_text_of_a_document_stands_in_the_manifest_up_to_a_length(as_ana: Client, add: Add) -> None:
    PhotoText(photo=add(name="a.jpg"), text="An invoice, " + "x" * 10_000, source="pdf").keep()
    job = run_catalogue_job(as_ana)

    (line,) = as_csv(as_ana, job)

    assert line["text"].startswith("An invoice, xxx")
    assert len(line["text"]) == 5_000
