"""Reading printed pages: the extra `ocr`."""

import threading
import time
from contextlib import contextmanager

import pytest
import pyvips

from photos.imaging.cancellation import Aborted, never
from photos.imaging.formats import Unreadable, sniff
from photos.imaging.ocr import reading
from photos.imaging.ocr.reading import OcrLanguages, join_words, read_page
from tests.photos.classification.pictures import LINES, flat, landscape, page

pytestmark = pytest.mark.skipif(bool(OcrLanguages().missing), reason="the extra `ocr` is not installed")


def said(path, **facts) -> str:
    return join_words(read_page(path, sniff(path), 0, OcrLanguages(), never, **facts))


def test_a_printed_page_is_read_line_by_line(tmp_path):
    assert said(page(tmp_path / "a.png")).split("\n") == list(LINES)


@pytest.mark.parametrize("angle", ["d90", "d180", "d270"])
def test_a_page_is_read_whichever_way_it_lies(tmp_path, angle):
    page(tmp_path / "a.png", LINES * 2)
    pyvips.Image.new_from_file(str(tmp_path / "a.png")).rot(angle).write_to_file(str(tmp_path / "b.png"))

    assert "number of the invoice" in said(tmp_path / "b.png")


def test_words_stand_where_they_are_on_the_page(tmp_path):
    found = read_page(page(tmp_path / "a.png", ["Somewhere"]), "png", 0, OcrLanguages(), never)

    (word,) = found.words
    assert (found.width, found.height) == (1240, 1754)
    assert word.left == pytest.approx(124, abs=8)
    assert word.top == pytest.approx(185, abs=12)
    assert (word.width > 150, 20 < word.height < 60) == (True, True)


def test_a_rough_page_is_looked_at_once_more(tmp_path):
    """Black and white at a low resolution: at the first look Tesseract reads nothing of it."""
    fine = pyvips.Image.new_from_file(str(page(tmp_path / "a.png", size=34))).resize(0.6)
    noisy = fine + pyvips.Image.gaussnoise(fine.width, fine.height, sigma=50, seed=3)
    (noisy > 140).ifthenelse(255, 0).cast("uchar").write_to_file(str(tmp_path / "b.png"))
    once = reading.recognise(reading.open_page(tmp_path / "b.png", "png", 0), OcrLanguages(), 30)

    found = said(tmp_path / "b.png").split()

    assert len(once.words) < 3
    assert len(set(" ".join(LINES).split()) & set(found)) >= 10


def test_nothing_is_read_from_an_empty_page_or_a_landscape(tmp_path):
    assert said(flat(tmp_path / "a.png", noise=2)) == ""
    assert len(said(landscape(tmp_path / "b.jpg"))) < 20


def test_a_page_has_a_deadline(tmp_path):
    path = page(tmp_path / "a.png", [("words " * 30)] * 90, 3000, 4000, 26)

    with pytest.raises(Unreadable, match="too long"):
        said(path, seconds=0.2)


def test_a_stop_ends_the_reading_at_once_and_the_next_page_is_read_all_the_same(tmp_path):
    path = page(tmp_path / "a.png", [("words " * 30)] * 90, 3000, 4000, 26)
    said(page(tmp_path / "b.png"))  # the child is there
    took: list[float] = []

    @contextmanager
    def aborting(callback):
        def stop() -> None:
            took.append(time.monotonic())
            callback()

        timer = threading.Timer(0.3, stop)
        timer.start()
        yield
        timer.join()

    with pytest.raises(Aborted):
        read_page(path, "png", 0, OcrLanguages(), aborting)

    assert time.monotonic() - took[0] < 0.5
    assert said(tmp_path / "b.png").startswith("Dear")


def test_what_is_missing_is_told_in_words(tmp_path, monkeypatch):
    assert OcrLanguages("eng").missing == ""
    assert OcrLanguages("eng+xyz").missing == "Text recognition lacks the language xyz"
    assert OcrLanguages("eng", str(tmp_path)).missing == "Text recognition lacks the language eng"
    monkeypatch.setattr(reading.importlib.util, "find_spec", lambda name: None)
    assert "extra ocr" in OcrLanguages().missing
