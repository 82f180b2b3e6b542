"""The phase "classify" of a job."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pyvips
from django.test import Client

from jobs.errors import ItemFailed
from jobs.models import Job
from jobs.stop import Stop, Stopped
from jobs.work import Work
from photos.classification import tags
from photos.kinds.classify import ClassifyPhase
from photos.models import Classification, Embedding, Photo
from tests.jobs.work import reload, run_items, statuses
from tests.photos.api.test_recipes import RESIZE
from tests.photos.classification.pictures import chart, flat, landscape, page
from tests.photos.kinds.test_processing import submit_job

Add = Callable[..., Photo]


def classified(client: Client, **body: Any) -> Job:
    job = submit_job(client, **({"steps": [], "classify": True} | body))
    run_items(job)
    return reload(job)


def phases(job: Job) -> list[tuple[str, str, int, int]]:
    return [(phase.name, phase.status, phase.succeeded, phase.failed) for phase in job.phase_rows]


@pytest.fixture
def library(add: Add, tmp_path: Path) -> dict[str, Photo]:
    """A photo, a page, a drawing and an empty page."""
    (tmp_path / "made").mkdir()
    pictures = {
        "photo": landscape(tmp_path / "made" / "a.jpg", 2),
        "document": page(tmp_path / "made" / "b.png"),
        "graphic": chart(tmp_path / "made" / "c.png"),
        "blank": flat(tmp_path / "made" / "d.png"),
    }
    return {kind: add(path.read_bytes(), name=path.name) for kind, path in pictures.items()}


def test_each_photo_is_told_what_it_is_and_no_file_is_made(as_ana: Client, library: dict[str, Photo]) -> None:
    job = classified(as_ana)

    assert job.status == "completed"
    assert phases(job) == [("process", "done", 4, 0), ("classify", "done", 4, 0)]
    kinds = {photo["name"]: photo["kind"] for photo in as_ana.get("/api/photos").json()["results"]}
    assert kinds == {"a.jpg": "photo", "b.png": "document", "c.png": "graphic", "d.png": "blank"}
    assert [photo["name"] for photo in as_ana.get("/api/photos?kind=graphic").json()["results"]] == ["c.png"]
    assert as_ana.get(f"/api/jobs/{job.uuid}/items").json()["items"][0]["output"] is None


def test_a_result_keeps_its_classifier_version_scores_figures_and_hash(
    as_ana: Client, library: dict[str, Photo]
) -> None:
    classified(as_ana)

    row = library["photo"].classification
    assert row.attributes["sharpness"] > 0.01
    assert row.attributes["palette"][0].startswith("#")
    assert set(row.attributes["shades"]) >= {"ink", "near"}
    assert len(library["photo"].fingerprint.dhash) == 8
    if tags.network() is None:
        assert (row.classifier, row.scores) == ("attributes", {})
        return
    assert (row.classifier, row.version) == ("efficientnet-lite0", tags.version())
    assert (row.category, library["photo"].classification.score) == ("mountains", row.scores["mountains"])
    assert len(library["photo"].embedding.numbers) == 2 * 1280
    assert len(library["photo"].fingerprint.signature) == 32


def test_without_the_extra_tags_there_are_figures_and_no_category(
    as_ana: Client, library: dict[str, Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photos.kinds.classify.network", lambda: None)

    job = classified(as_ana)

    row = library["photo"].classification
    assert job.status == "completed"
    assert (row.classifier, row.category, row.score, row.scores) == ("attributes", "", None, {})
    assert library["photo"].fingerprint.signature is None
    assert not Embedding.objects.exists()
    assert row.attributes["colourfulness"] > 0


def test_what_the_network_says_of_a_drawing_or_a_page_is_kept_and_claimed_by_nobody(
    as_ana: Client, library: dict[str, Photo], settings: Any
) -> None:
    settings.STOPBATH_THRESHOLDS = {"category": 0.01}

    classified(as_ana)

    categories = {photo.name: photo.category for photo in Photo.objects.all()}
    assert {name for name, category in categories.items() if category} <= {"a.jpg"}


def test_what_a_person_said_stays(as_ana: Client, library: dict[str, Photo]) -> None:
    address = f"/api/photos/{library['photo'].uuid}"
    as_ana.patch(address, {"category": "Holiday"}, content_type="application/json")

    classified(as_ana)
    assert as_ana.get(address).json()["category"] == "Holiday"

    as_ana.patch(address, {"category": ""}, content_type="application/json")
    classified(as_ana)
    assert as_ana.get(address).json()["category"] == ""


def test_files_are_made_and_classified_in_one_job(as_ana: Client, library: dict[str, Photo]) -> None:
    job = classified(as_ana, steps=RESIZE)

    assert phases(job) == [("process", "done", 4, 0), ("classify", "done", 4, 0)]
    items = as_ana.get(f"/api/jobs/{job.uuid}/items").json()["items"]
    assert all(item["output"]["size"] for item in items)
    assert job.title == "Resize: 4 photos"


def test_only_files_that_were_processed_well_are_classified(as_ana: Client, add: Add) -> None:
    lost, _ = add(name="a.jpg"), add(name="b.jpg")
    lost.file.path.unlink()

    job = classified(as_ana)

    assert statuses(job) == ["failed", "succeeded"]
    assert phases(job) == [("process", "done", 1, 1), ("classify", "done", 1, 0)]
    assert Classification.objects.count() == 1


def test_a_file_that_cannot_be_classified_stays_succeeded(as_ana: Client, add: Add) -> None:
    photo, _ = add(name="a.jpg"), add(name="b.jpg")
    job = submit_job(as_ana, steps=[], classify=True)
    run_items(job, items=2)
    photo.file.path.chmod(0o600)
    photo.file.path.write_bytes(photo.file.path.read_bytes()[:100])

    run_items(job)

    job = reload(job)
    answer = as_ana.get(f"/api/jobs/{job.uuid}").json()
    assert (answer["status"], answer["succeeded"], answer["failed"]) == ("completed", 2, 0)
    assert [phase["failed"] for phase in answer["phases"]] == [0, 1]
    failed = job.items.get(phase=1, status="failed")
    assert failed.error == "The file ends in the middle of the picture"


def test_a_photo_that_was_deleted_meanwhile_fails_in_words(as_ana: Client, add: Add) -> None:
    photo, _ = add(name="a.jpg"), add(name="b.jpg")
    job = submit_job(as_ana, steps=[], classify=True)
    run_items(job, items=2)
    photo.delete()

    run_items(job)

    assert reload(job).status == "completed"
    assert job.items.get(phase=1, status="failed").error == "The photo was deleted before it was processed"


def test_a_result_for_a_photo_that_is_gone_is_not_kept(as_ana: Client, add: Add) -> None:
    photo = add()
    classified(as_ana)
    row = photo.classification
    photo.delete()

    assert row.keep("photo") is False
    assert not Classification.objects.exists()


def test_a_cancel_during_the_phase_keeps_what_is_done_and_a_resume_goes_on_there(
    as_ana: Client, ana: Any, library: dict[str, Photo]
) -> None:
    job = submit_job(as_ana, steps=[], classify=True)
    run_items(job, items=6)
    reload(job).cancel(by=ana, door="page")
    assert Classification.objects.count() == 2
    assert (reload(job).counts.succeeded, reload(job).counts.skipped) == (4, 0)

    before = dict(Classification.objects.values_list("photo", "classified_at"))
    reload(job).resume(by=ana, door="page")
    run_items(job)

    after = dict(Classification.objects.values_list("photo", "classified_at"))
    assert reload(job).status == "completed"
    assert len(after) == 4
    assert {key: after[key] for key in before} == before


def test_a_second_run_finds_the_same_and_keeps_one_row_a_photo(as_ana: Client, library: dict[str, Photo]) -> None:
    classified(as_ana)
    rows = Classification.objects.order_by("pk").values_list(
        "category", "score", "photo__fingerprint__dhash", "attributes"
    )
    first = list(rows.all())

    classified(as_ana)

    assert list(rows.all()) == first


def test_a_stop_ends_the_look_at_a_large_file_and_writes_nothing(ana: Any, add: Add, tmp_path: Path) -> None:
    noise = pyvips.Image.gaussnoise(6000, 6000, mean=128, sigma=40, seed=1).cast("uchar")
    photo = add(noise.copy(interpretation="b-w").write_to_buffer(".png[compression=1]"), name="large.png")
    phase, stop = ClassifyPhase(), Stop()
    item = Work(id=1, position=1, ref=photo.pk, name=photo.name, attempt=1, job_uuid="")
    timer = threading.Timer(0.1, stop.request)
    timer.start()

    with pytest.raises(Stopped):
        phase.do(item, phase.prepare(Job()), stop)

    timer.join()
    assert not Classification.objects.exists()


@pytest.mark.django_db
def test_a_photo_that_never_was_fails_in_words() -> None:
    phase = ClassifyPhase()

    with pytest.raises(ItemFailed, match="deleted"):
        phase.do(Work(id=1, position=1, ref=None, name="x", attempt=1, job_uuid=""), phase.prepare(Job()), Stop())
