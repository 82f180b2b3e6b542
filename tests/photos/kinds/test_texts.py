"""The text of documents: kept by the phase "classify", found by a search."""

import io
from collections.abc import Callable, Iterator
from itertools import batched
from pathlib import Path
from typing import Any

import pytest
from django.db import DataError, connection
from django.test import Client
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from jobs.stop import Stop, Stopped
from photos.imaging.ocr.reading import OcrLanguages
from photos.kinds import reading
from photos.models import Embedding, Photo, PhotoText
from tests.photos.api.test_listing import list_names
from tests.photos.classification.pictures import page
from tests.photos.kinds.test_classifying import classified
from tests.photos.kinds.test_reclassifying import correct, reclassified

Add = Callable[..., Photo]
needs_ocr = pytest.mark.skipif(bool(OcrLanguages().missing), reason="the extra `ocr` is not installed")


def pdf(*pages: str, picture: Path | None = None) -> bytes:
    """A PDF with a line of text on each page; a page without one is a picture."""
    file = io.BytesIO()
    canvas = Canvas(file)
    for text in pages:
        canvas.drawString(80, 700, text)
        canvas.showPage()
    if picture:
        canvas.drawImage(str(picture), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def keep(photo: Photo, text: str) -> Photo:
    PhotoText(photo=photo, text=text, source="pdf").keep()
    return photo


def test_the_text_of_a_pdf_is_found_by_its_words_and_their_beginnings(as_ana: Client, add: Add) -> None:
    add(pdf("The gardener ordered tulips", "Second page about daffodils in spring"), name="a.pdf")
    add(name="b.jpg")

    classified(as_ana)

    for search in ("tulips", "TULIP", "daffodil", "gardener spring", "page second"):
        assert list_names(as_ana, search=search) == ["a.pdf"], search
    for search in ("tulips roses", "ulips", "second roses"):
        assert list_names(as_ana, search=search) == [], search
    text = PhotoText.objects.get()
    assert (text.source, text.pages) == ("pdf", 2)


@needs_ocr
def test_the_text_of_a_scan_is_read_and_found(as_ana: Client, add: Add, tmp_path: Path) -> None:
    add(page(tmp_path / "a.png").read_bytes(), name="letter.png")

    classified(as_ana)

    assert list_names(as_ana, search="invoice sincerely") == ["letter.png"]
    assert PhotoText.objects.get().source == "tesseract"


@needs_ocr
def test_pages_of_a_pdf_without_text_are_read_and_the_others_are_not(as_ana: Client, add: Add, tmp_path: Path) -> None:
    add(pdf("This page has a text of its own", picture=page(tmp_path / "a.png")), name="a.pdf")

    classified(as_ana)

    text = PhotoText.objects.get()
    assert (text.source, text.pages) == ("pdf and tesseract", 2)
    assert "text of its own" in text.text
    assert "Yours sincerely" in text.text


@needs_ocr
def test_every_page_of_a_scan_is_read(as_ana: Client, add: Add, tmp_path: Path) -> None:
    first, second = (
        Image.open(page(tmp_path / name, [line] * 9)) for name, line in (("a.png", "Tulips"), ("b.png", "Daffodils"))
    )
    first.save(tmp_path / "fax.tif", save_all=True, append_images=[second])
    add((tmp_path / "fax.tif").read_bytes(), name="fax.tif")

    classified(as_ana)

    assert PhotoText.objects.get().text.split() == ["Tulips"] * 9 + ["Daffodils"] * 9


def test_without_the_extra_ocr_a_scan_is_classified_and_a_pdf_has_its_own_text(
    as_ana: Client, add: Add, tmp_path: Path, settings: Any
) -> None:
    settings.STOPBATH_TESSDATA = str(tmp_path)
    add(page(tmp_path / "a.png").read_bytes(), name="a.png")
    add(pdf("The gardener ordered tulips"), name="b.pdf")

    job = classified(as_ana)

    assert (job.status, job.current_phase.failed) == ("completed", 0)
    assert list_names(as_ana, search="tulips") == ["b.pdf"]
    assert Photo.objects.get(name="a.png").kind == "document"
    assert PhotoText.objects.count() == 1


def test_a_text_that_changes_or_goes_is_found_no_more(as_ana: Client, add: Add) -> None:
    photo = keep(add(), "tulips")
    keep(photo, "daffodils")
    assert (list_names(as_ana, search="tulips"), list_names(as_ana, search="daffodils")) == ([], ["a.jpg"])

    keep(photo, "")
    assert list_names(as_ana, search="daffodils") == []

    keep(photo, "roses")
    photo.delete()
    assert not PhotoText.objects.exists()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM photos_text_index WHERE photos_text_index MATCH 'roses'")
            assert cursor.fetchone() == (0,)


def test_nobody_finds_the_texts_of_somebody_else(as_ana: Client, as_ben: Client, add: Add) -> None:
    keep(add(), "tulips")

    assert list_names(as_ana, search="tulips") == ["a.jpg"]
    assert list_names(as_ben, search="tulips") == []


def test_a_search_finds_categories_too(as_ana: Client, add: Add) -> None:
    correct(as_ana, add(), "Our Garden")

    assert list_names(as_ana, search="garden") == ["a.jpg"]


@pytest.mark.parametrize("search", ['"', "'", "*", "a*", '" OR "', "NEAR(", "(", "-x", "x:y", "&", "|", "!", "%", "_",
                                    "\\", "foo AND", "text:foo", "日本", "🦅", "a" * 900])  # fmt: skip
def test_any_search_is_answered(as_ana: Client, add: Add, search: str) -> None:
    keep(add(), "tulips")

    assert list_names(as_ana, search=search) in ([], ["a.jpg"])


def test_words_of_any_script_are_found(as_ana: Client, add: Add) -> None:
    keep(add(), "счёт за Straße, L'été 2024-17")

    for search in ("счёт", "straße", "été", "2024"):
        assert list_names(as_ana, search=search) == ["a.jpg"], search


def test_words_are_found_however_their_accents_are_coded(as_ana: Client, add: Add) -> None:
    keep(add(), "Pha\u0323m Mu\u0308ller")

    for search in ("ph\u1ea1m", "pha\u0323m", "m\u00fcller", "mu\u0308ller"):
        assert list_names(as_ana, search=search) == ["a.jpg"], search


DISTINCT = 40_000


def words(least: int, before: str = "") -> Iterator[str]:
    """Pairs of letters of a script, each once."""
    return (f"{before}{chr(least + at // 300)}{chr(least + at % 300)}" for at in range(2 * DISTINCT))


def joined(words: Iterator[str], by: str = "-") -> Iterator[str]:
    """The same, two and two."""
    return (by.join(pair) for pair in batched(words, 2))


GREEDY = {
    "words": lambda: (f"wörd{number}" for number in range(DISTINCT)),
    "Korean with a hyphen": lambda: joined(words(0xAC00)),
    "rare signs with a hyphen": lambda: joined(words(0x20000)),
    "letters with a hyphen": lambda: joined(words(0x100)),
    "letters that are longer when they are small": lambda: joined(words(0x100, before="ȺȺ")),
    "a few letters with a hyphen": lambda: joined(f"{number:x}" for number in range(0x1000, 0x1000 + 2 * DISTINCT)),
    "addresses": lambda: (f"{number:x}.de/{number:x}" for number in range(DISTINCT)),
    "numbers": lambda: (f"-{number}" for number in range(DISTINCT)),
}


@pytest.mark.parametrize("kind", GREEDY)
def test_a_text_is_cut_where_the_database_could_not_index_it(ana: Any, add: Add, kind: str) -> None:
    photo = keep(add(), "\0" + " ".join(GREEDY[kind]()))

    text = PhotoText.objects.get(photo=photo).text
    assert min(199_990, len(" ".join(GREEDY[kind]()).encode())) <= len(text.encode()) <= 200_000


@pytest.mark.django_db(transaction=True)
def test_a_file_whose_text_cannot_be_kept_fails_in_words_and_the_others_go_on(
    as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photos.models.text.MAX_TEXT_BYTES", 10_000_000)
    add(pdf("tulips"), name="a.pdf")
    add(pdf("The gardener ordered roses"), name="b.pdf")
    monkeypatch.setattr(reading, "read_page_texts", hostile(reading.read_page_texts))
    if connection.vendor == "sqlite":
        monkeypatch.setattr(PhotoText, "keep", refused(PhotoText.keep))

    job = classified(as_ana)

    assert job.status == "completed"
    failed = job.items.get(phase=1, status="failed")
    assert (failed.name, failed.attempt, failed.crashes) == ("a.pdf", 1, 0)
    assert failed.error.startswith("What was found in this file could not be saved in the database (")
    assert list_names(as_ana, search="roses") == ["b.pdf"]


def hostile(texts: Callable[..., Iterator[str]]) -> Callable[..., Iterator[str]]:
    """Texts of which the one about tulips is made to be too much for PostgreSQL."""

    def changed(*args: Any) -> Iterator[str]:
        for text in texts(*args):
            yield " ".join(GREEDY["Korean with a hyphen"]()) if "tulips" in text else text

    return changed


def refused(keep: Callable[[PhotoText], bool]) -> Callable[[PhotoText], bool]:
    """As a database that does not take what is too long."""

    def changed(text: PhotoText) -> bool:
        if len(text.text) > 1000:
            raise DataError("string or blob too big")
        return keep(text)

    return changed


def test_a_job_can_be_made_of_what_a_search_finds(as_ana: Client, add: Add) -> None:
    keep(add(name="a.jpg"), "tulips")
    add(name="b.jpg")

    job = classified(as_ana, filter={"search": "tulip"})

    assert [item.name for item in job.items.filter(phase=1)] == ["a.jpg"]


def test_documents_follow_corrected_ones_with_the_same_words(as_ana: Client, add: Add) -> None:
    texts = {
        "a.pdf": "Invoice for tulips. The amount of 120 euros is payable by transfer within thirty days.",
        "b.pdf": "Invoice for roses. The amount of 45 euros is payable by transfer on receipt.",
        "c.pdf": "Whisk eggs and sugar, fold in the flour, bake until the crust is golden.",
    }
    for name, text in texts.items():
        add(pdf(text), name=name)
    classified(as_ana)
    Embedding.objects.all().delete()  # the words alone decide
    correct(as_ana, Photo.objects.get(name="a.pdf"), "Bills")

    reclassified(as_ana)

    assert dict(Photo.objects.values_list("name", "category")) == {"a.pdf": "Bills", "b.pdf": "Bills", "c.pdf": ""}


@needs_ocr
def test_a_stop_between_or_in_pages_ends_the_reading(ana: Any, add: Add, tmp_path: Path) -> None:
    photo = add(pdf(picture=page(tmp_path / "a.png")), name="a.pdf")
    stop = Stop()
    stop.request()

    with pytest.raises(Stopped):
        reading.read_text(photo, "document", stop)


def test_photos_are_not_read(ana: Any, add: Add) -> None:
    assert reading.read_text(add(), "photo", Stop()) is None


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite plans a subquery as what it is")
@pytest.mark.django_db
def test_a_search_asks_the_index_of_words_however_few_photos_it_is_to_find() -> None:
    photos = Photo.objects.matching({"search": "tulips"}).order_by("-id")[:1]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    plan = photos.explain()

    assert "CTE found" in plan  # which is planned to be read to its end
    assert "photos_text_words" in plan
