"""PDFs in the library, and what jobs make of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyvips
from django.test import Client

from photos.models import Photo
from tests.jobs.work import run_items, statuses
from tests.photos.conftest import send
from tests.photos.imaging import documents
from tests.photos.kinds.test_processing import items, submit_job

Add = Callable[..., Photo]
RESIZE = {"operation": "resize", "options": {"longest_edge": 300}}


def book(folder: Path, pages: int = 2) -> bytes:
    """A PDF of text, with that many pages."""
    path = documents.write_text_pdf(folder / "book.pdf", [f"Page {number + 1}" for number in range(pages)])
    return path.read_bytes()


def test_a_pdf_is_let_in_as_a_document_with_pages(as_ana: Client, tmp_path: Path) -> None:
    (photo,) = send(as_ana, ("files", book(tmp_path), "letter.pdf")).json()["photos"]

    assert {key: photo[key] for key in ("format", "kind", "pages", "width", "height")} == {
        "format": "pdf", "kind": "document", "pages": 2, "width": 1167, "height": 1653,
    }  # fmt: skip


def test_a_pdf_is_known_by_its_content(as_ana: Client, tmp_path: Path) -> None:
    (photo,) = send(as_ana, ("files", book(tmp_path), "holiday.jpg")).json()["photos"]

    assert photo["format"] == "pdf"


def test_a_pdf_that_cannot_be_opened_is_refused_in_words(as_ana: Client, tmp_path: Path) -> None:
    content = book(tmp_path)
    encrypted = documents.encrypt(tmp_path / "book.pdf", tmp_path / "locked.pdf").read_bytes()

    answer = send(as_ana, ("files", encrypted, "locked.pdf"), ("files", content[:700], "half.pdf"))

    assert answer.status_code == 400
    assert {each["name"]: each["error"] for each in answer.json()["rejected"]} == {
        "locked.pdf": "The PDF is locked with a password",
        "half.pdf": "The PDF is damaged and cannot be opened",
    }


def test_its_first_page_is_seen_as_thumbnail_and_preview(as_ana: Client, add: Add, tmp_path: Path) -> None:
    photo = add(book(tmp_path), name="letter.pdf")
    body = {"photo": str(photo.uuid), "steps": [RESIZE]}

    thumbnail = as_ana.get(f"/api/photos/{photo.uuid}/thumbnail")
    preview = as_ana.post("/api/preview", body, content_type="application/json")

    for answer, height in ((thumbnail, 480), (preview, 300)):
        assert answer.status_code == 200
        assert pyvips.Image.new_from_buffer(b"".join(answer), "").height == height


def test_a_job_makes_a_pdf_of_a_pdf(as_ana: Client, add: Add, tmp_path: Path) -> None:
    add(book(tmp_path), name="letter.pdf")
    job = submit_job(as_ana, steps=[RESIZE])

    run_items(job)

    output = items(as_ana, job)[0]["output"]
    assert {key: output[key] for key in ("name", "format", "width", "height")} == {
        "name": "letter.pdf", "format": "pdf", "width": 212, "height": 300,
    }  # fmt: skip
    response = as_ana.get(output["url"])
    assert response["Content-Type"] == "application/pdf"
    (tmp_path / "made.pdf").write_bytes(response.getvalue())
    assert len(documents.page_sizes(tmp_path / "made.pdf")) == 2


def test_what_did_not_come_along_is_noted(as_ana: Client, add: Add, tmp_path: Path) -> None:
    add(book(tmp_path), name="letter.pdf")
    job = submit_job(as_ana, steps=[{"operation": "convert", "options": {"format": "jpeg"}}])

    run_items(job)

    assert statuses(job) == ["succeeded"]
    result: Any = job.items.get().result
    assert result["notes"] == ["Only the first of 2 pages: JPEG holds one"]
