"""Words under the pictures of scanned pages: convert to PDF with `text`."""

import threading
import time
from contextlib import contextmanager

import pypdfium2
import pytest

from photos.imaging.cancellation import Aborted
from photos.imaging.formats import Unreadable
from photos.imaging.formats.pdf.text_layer import list_page_texts
from photos.imaging.ocr import text_layer
from photos.imaging.ocr.reading import OcrLanguages
from photos.imaging.operations import InvalidSteps, parse_steps
from photos.imaging.pipeline import process
from tests.photos.classification.pictures import LINES, page

needs_ocr = pytest.mark.skipif(bool(OcrLanguages().missing), reason="the extra `ocr` is not installed")
SEARCHABLE = [{"operation": "convert", "options": {"format": "pdf", "text": True}}]


@pytest.fixture
def scan(tmp_path):
    return page(tmp_path / "scan.png")


@needs_ocr
def test_a_scan_becomes_a_pdf_whose_words_are_found_where_they_stand(tmp_path, scan):
    made = process(scan, "png", SEARCHABLE, tmp_path, "out")

    (text,) = list_page_texts(made.path)
    assert text.split() == " ".join(LINES).split()
    assert made.notes == ()
    assert made.size == made.path.stat().st_size
    document = pypdfium2.PdfDocument(made.path)
    words = document[0].get_textpage()
    width, height = document[0].get_size()
    index, _ = words.search("gardening").get_next()
    left, bottom, _, _ = words.get_charbox(index)
    assert left / width == pytest.approx(0.1 + 0.26, abs=0.06)
    assert 1 - bottom / height == pytest.approx(0.1 + 6.8 * 64 / 1754, abs=0.03)
    document.close()


@needs_ocr
def test_the_picture_looks_as_it_would_without_words(tmp_path, scan):
    plain = [{"operation": "convert", "options": {"format": "pdf"}}]
    both = [process(scan, "png", steps, tmp_path, f"out{number}") for number, steps in enumerate((SEARCHABLE, plain))]

    pictures = []
    for made in both:
        document = pypdfium2.PdfDocument(made.path)
        pictures.append(document[0].render().to_numpy().copy())
        document.close()

    assert (pictures[0] == pictures[1]).all()


@needs_ocr
def test_a_page_that_has_text_is_left_alone(tmp_path, scan, monkeypatch):
    first = process(scan, "png", SEARCHABLE, tmp_path, "first")
    monkeypatch.setattr(text_layer, "read_page", lambda *_: pytest.fail("it was read again"))

    second = process(first.path, "pdf", SEARCHABLE, tmp_path, "second")

    assert list_page_texts(second.path) == list_page_texts(first.path)


@needs_ocr
def test_a_page_that_cannot_be_read_is_noted_and_the_pdf_is_made(tmp_path, scan, monkeypatch):
    def fail(*_):
        raise Unreadable("The page takes too long to read")

    monkeypatch.setattr(text_layer, "read_page", fail)

    made = process(scan, "png", SEARCHABLE, tmp_path, "out")

    assert made.notes == ("The text of page 1 could not be read",)
    assert list_page_texts(made.path) == [""]


@needs_ocr
def test_a_stop_while_a_page_is_read_ends_it_and_leaves_nothing(tmp_path):
    dense = page(tmp_path / "a.png", [("words " * 30)] * 90, 3000, 4000, 26)
    (tmp_path / "made").mkdir()
    stopped: list[float] = []

    @contextmanager
    def aborting(callback):
        def stop() -> None:
            stopped.append(time.monotonic())
            callback()

        timer = threading.Timer(1.5, stop)
        timer.start()
        yield
        timer.cancel()
        timer.join()

    with pytest.raises(Aborted):
        process(dense, "png", SEARCHABLE, tmp_path / "made", "out", aborting)

    assert time.monotonic() - stopped[0] < 0.7
    assert list((tmp_path / "made").iterdir()) == []


def test_words_are_only_for_pdf():
    with pytest.raises(InvalidSteps, match="text is not possible with jpeg, only with pdf"):
        parse_steps([{"operation": "convert", "options": {"format": "jpeg", "text": True}}])


def test_without_the_extra_it_is_refused_in_words(tmp_path, scan, monkeypatch):
    steps = parse_steps(SEARCHABLE)
    monkeypatch.setattr("photos.imaging.operations.convert.is_installed", lambda: False)
    with pytest.raises(InvalidSteps, match="the extra ocr is not installed"):
        parse_steps(SEARCHABLE)

    with pytest.raises(Unreadable, match="Text recognition lacks the language eng"):
        process(scan, "png", steps, tmp_path, "out", languages=OcrLanguages("eng", str(tmp_path)))
