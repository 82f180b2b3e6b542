"""GET /api/jobs/<id>/catalogue.html, .pdf, .csv and .json: how they are made, ordered and shown."""

import base64
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pikepdf
import pypdfium2
import pytest
import pyvips
from django.test import Client

from jobs.models import Job
from photos.catalogue import pieces
from photos.files import storage
from photos.models import Photo
from tests.jobs.work import clear_removed_jobs, reload, run_items, statuses
from tests.photos.catalogues import SMALLER, as_csv, as_json, download_catalogue, run_catalogue_job, set_facts
from tests.photos.kinds.test_processing import files_below, submit_job
from tests.photos.pictures import picture

Add = Callable[..., Photo]


def text_of(document: bytes) -> str:
    pdf = pypdfium2.PdfDocument(document)
    return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


@pytest.mark.parametrize("photos", [1, 3])
def test_a_job_with_a_catalogue_only_goes_forward_and_most_of_it_is_its_files(
    as_ana: Client, add: Add, photos: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(photos):
        add(name=f"{number}.jpg")
    job = submit_job(as_ana, steps=SMALLER, classify=True, catalogue=True)
    answers = []
    while reload(job).active:
        with django_assert_max_num_queries(5):  # session, person, job, phases, rate
            answers.append(as_ana.get(f"/api/jobs/{job.uuid}").json())
        run_items(job, items=1)

    percents = [one["percent"] for one in answers]
    assert percents == sorted(percents)
    assert next(one["percent"] for one in answers if one["phases"][1]["done"] == photos) > 95
    assert answers[-1]["phase"] == "catalogue"


def test_files_are_grouped_by_category_then_day_and_what_has_none_comes_last(as_ana: Client, add: Add) -> None:
    first, second = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    set_facts(add(name="e.jpg"))
    set_facts(add(name="d.jpg"), "Birds")
    set_facts(add(name="c.jpg"), "Birds", second)
    set_facts(add(name="b.jpg"), "Birds", first)
    set_facts(add(name="a.jpg"), "animals", second)
    job = run_catalogue_job(as_ana)

    groups = as_json(as_ana, job)["groups"]

    assert [(group["category"], group["date"], [file["name"] for file in group["files"]]) for group in groups] == [
        ("animals", "2026-01-01", ["a.jpg"]),
        ("Birds", "2025-01-01", ["b.jpg"]),
        ("Birds", "2026-01-01", ["c.jpg"]),
        ("Birds", "", ["d.jpg"]),
        ("", "", ["e.jpg"]),
    ]
    assert [line["name"] for line in as_csv(as_ana, job)] == ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"]
    assert re.findall(r"<h(\d)>(.*?)</h", download_catalogue(as_ana, job, "html").decode()) == [
        ("1", reload(job).title), ("2", "animals"), ("3", "1 January 2026"), ("2", "Birds"), ("3", "1 January 2025"),
        ("3", "1 January 2026"), ("3", "No date"), ("2", "No category"), ("3", "No date"),
    ]  # fmt: skip


def test_pieces_are_merged_into_one_order(as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "MIN_PIECE_FILES", 2)
    for name in ("c.jpg", "e.jpg", "a.jpg", "d.jpg", "b.jpg"):
        add(name=name)
    job = run_catalogue_job(as_ana)

    assert statuses(job, phase=1) == ["succeeded"] * 4
    assert [line["name"] for line in as_csv(as_ana, job)] == ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"]
    assert as_ana.get(f"/api/jobs/{job.uuid}").json()["phases"][1] == {
        "name": "catalogue", "status": "done", "total": 4, "done": 4, "failed": 0,
    }  # fmt: skip


def test_the_sheet_shows_what_was_made_and_needs_nothing_else(as_ana: Client, add: Add) -> None:
    add(picture(".png", 64, 48), name="a.png")
    job = run_catalogue_job(as_ana)

    page = download_catalogue(as_ana, job, "html").decode()

    (encoded,) = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)
    small = pyvips.Image.new_from_buffer(base64.b64decode(encoded), "")
    assert (small.width, small.height) == (16, 12)
    assert not re.search(r"https?:|<script|<link|url\(", page)


def test_the_sheet_believes_no_name(as_ana: Client, add: Add) -> None:
    add(name="<img src=x onerror=alert(1)>.jpg", path="a & b")
    job = run_catalogue_job(as_ana, title="<script>alert(1)</script>")

    page = download_catalogue(as_ana, job, "html").decode()

    assert "<script" not in page
    assert "<img src=x" not in page
    assert "a &amp; b" in page
    assert "default-src 'none'" in page


def test_a_file_that_failed_stands_in_the_catalogue_with_its_reason(as_ana: Client, add: Add) -> None:
    add(name="a.jpg")
    add(name="b.jpg").file.path.unlink()
    job = run_catalogue_job(as_ana)

    lines = as_csv(as_ana, job)

    assert [(line["outcome"], line["error"]) for line in lines] == [
        ("succeeded", ""), ("failed", "The original is missing from the storage"),
    ]  # fmt: skip
    assert "The original is missing" in download_catalogue(as_ana, job, "html").decode()
    assert "The original is missing" in text_of(download_catalogue(as_ana, job, "pdf")).replace("\r\n", " ")


def test_the_paper_has_pages_pictures_and_an_outline(as_ana: Client, add: Add) -> None:
    for number in range(41):
        set_facts(add(name=f"{number:02}.jpg"), category="Birds" if number % 2 else "Ants")
    job = run_catalogue_job(as_ana, title="Été")

    document = download_catalogue(as_ana, job, "pdf")

    with pikepdf.open(io.BytesIO(document)) as pdf:
        assert len(pdf.pages) == 2
        assert all(page.get_images() for page in pdf.pages)  # pictures that look the same are kept once
        with pdf.open_outline() as outline:
            assert [item.title for item in outline.root] == ["Ants", "Birds"]
        assert str(pdf.docinfo["/Title"]) == "Été"
    assert all(name in text_of(document) for name in ("00.jpg", "40.jpg", "Été"))


def test_a_paper_of_many_parts_is_one_document(as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photos.catalogue.paper.PAGES_PER_PART", 1)
    for number in range(45):
        add(name=f"{number:02}.jpg")
    job = run_catalogue_job(as_ana)

    document = download_catalogue(as_ana, job, "pdf")

    with pikepdf.open(io.BytesIO(document)) as pdf:
        assert len(pdf.pages) == 2
    assert re.findall(r"\d\d\.jpg", text_of(document)) == [f"{n:02}.jpg" for n in range(45)]


def test_letters_that_the_paper_lacks_are_written_in_others_and_that_is_said(as_ana: Client, add: Add) -> None:
    add(name="陽光.jpg", path="Шум")
    job = run_catalogue_job(as_ana)

    text = text_of(download_catalogue(as_ana, job, "pdf"))

    assert "YangGuang.jpg" in text
    assert "Шум" in text
    assert "font lacks" in text
    assert "陽光.jpg" in download_catalogue(as_ana, job, "html").decode()


def test_a_catalogue_can_be_made_without_any_step(as_ana: Client, add: Add) -> None:
    add(picture(".png", 64, 48), name="a.png")
    job = run_catalogue_job(as_ana, steps=[])

    (line,) = as_csv(as_ana, job)

    assert (line["name"], line["output"], line["outcome"]) == ("a.png", "", "succeeded")
    assert 'width="64" height="48"' in download_catalogue(as_ana, job, "html").decode()
    assert reload(job).title == "Catalogue: 1 photo"


def test_a_large_sheet_shows_every_so_many_th_file_and_says_so(
    as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "MAX_PICTURES", 2)
    for number in range(6):
        add(name=f"{number}.jpg")
    job = run_catalogue_job(as_ana)

    page = download_catalogue(as_ana, job, "html").decode()

    assert page.count("<img") == 2
    assert "This sheet shows one file in 3; the manifest lists every one." in page
    assert "and 4 more files, in the manifest" in page
    assert len(as_csv(as_ana, job)) == 6


def test_there_is_no_catalogue_where_none_was_asked_for(as_ana: Client, add: Add) -> None:
    add()
    job = submit_job(as_ana, steps=SMALLER)
    run_items(job)

    for extension in ("html", "pdf", "csv", "json", "exe", ""):
        assert as_ana.get(f"/api/jobs/{job.uuid}/catalogue.{extension}").status_code == 404


def test_the_catalogue_of_somebody_else_is_not_there(as_ana: Client, as_ben: Client, add: Add) -> None:
    add()
    job = run_catalogue_job(as_ana)

    assert as_ben.get(f"/api/jobs/{job.uuid}/catalogue.csv").status_code == 404


def test_a_cancel_stops_between_pieces_and_a_resume_makes_the_rest(
    as_ana: Client, ana: Any, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "MIN_PIECE_FILES", 2)
    for number in range(6):
        add(name=f"{number}.jpg")
    job = submit_job(as_ana, steps=SMALLER, catalogue=True)
    address = f"/api/jobs/{job.uuid}/catalogue.csv"
    run_items(job, items=7)
    assert as_ana.get(address).json() == {"error": "The catalogue is not made yet."}

    reload(job).cancel(by=ana, door="api")

    refused = as_ana.get(address)
    assert (refused.status_code, refused.json()["error"]) == (
        409, "The job was cancelled before its catalogue was made: resume it to have one.",
    )  # fmt: skip
    assert [phase["status"] for phase in as_ana.get(f"/api/jobs/{job.uuid}").json()["phases"]] == ["done", "cancelled"]
    inodes = {path: path.stat().st_ino for path in files_below(storage.outputs(str(job.uuid)) / "catalogue")}
    assert len(inodes) == 1

    reload(job).resume(by=ana, door="api")
    monkeypatch.setattr(pieces.Pieces, "entries", only_missing())
    run_items(job)

    assert len(as_csv(as_ana, job)) == 6
    assert reload(job).status == "completed"


def only_missing() -> Any:
    """A method `entries` that fails for the first piece, which exists already."""
    usual = pieces.Pieces.entries

    def entries(self: pieces.Pieces, items: Any, stop: Any) -> Any:
        assert items[0].position != 1, "the first piece was made again"
        return usual(self, items, stop)

    return entries


def test_a_retry_brings_what_failed_into_the_catalogue(as_ana: Client, ana: Any, add: Add) -> None:
    add(name="a.jpg")
    content = picture(".jpg")
    lost = add(content, name="b.jpg")
    lost.file.path.unlink()
    job = run_catalogue_job(as_ana)
    assert [line["outcome"] for line in as_csv(as_ana, job)] == ["succeeded", "failed"]
    lost.file.path.write_bytes(content)

    reload(job).retry(by=ana, door="api")
    assert as_ana.get(f"/api/jobs/{job.uuid}/catalogue.csv").status_code == 409
    run_items(job)

    assert [line["outcome"] for line in as_csv(as_ana, job)] == ["succeeded", "succeeded"]


def test_a_deleted_job_and_a_discard_leave_nothing_of_the_catalogue(
    as_ana: Client, ana: Any, add: Add, django_capture_on_commit_callbacks: Any
) -> None:
    add()
    job = run_catalogue_job(as_ana)
    assert len(files_below(storage.outputs(str(job.uuid)))) == 5

    with django_capture_on_commit_callbacks(execute=True):
        assert as_ana.delete(f"/api/jobs/{job.uuid}").status_code == 204
    clear_removed_jobs()

    assert not storage.outputs(str(job.uuid)).exists()


def test_results_that_are_dropped_take_their_files_along(as_ana: Client, add: Add) -> None:
    add()
    job = run_catalogue_job(as_ana)

    job.kind_object.discard([item.result for item in job.items.all() if item.result])

    assert files_below(storage.outputs(str(job.uuid))) == []


def test_the_page_of_the_job_leads_to_its_catalogue(as_ana: Client, add: Add) -> None:
    add()
    job = submit_job(as_ana, steps=SMALLER, catalogue=True)
    address = f"/api/jobs/{job.uuid}/catalogue.pdf"
    assert address not in as_ana.get(f"/jobs/{job.uuid}").content.decode()

    run_items(job)

    assert address in as_ana.get(f"/jobs/{job.uuid}").content.decode()


def test_a_reclassify_job_can_make_a_catalogue_too(as_ana: Client, add: Add) -> None:
    set_facts(add(picture(".png"), name="a.png"), "Sea")
    run_items(submit_job(as_ana, steps=[], classify=True))
    Photo.objects.all().correct("Sea")
    body = {"kind": "reclassify", "photos": "all", "catalogue": True}
    answer = as_ana.post("/api/jobs", body, content_type="application/json").json()
    job = Job.objects.get(uuid=answer["id"])

    run_items(job)

    (group,) = as_json(as_ana, job)["groups"]
    assert reload(job).status == "completed"
    assert (group["category"], [file["name"] for file in group["files"]]) == ("Sea", ["a.png"])
    assert "<img" in download_catalogue(as_ana, job, "html").decode()
