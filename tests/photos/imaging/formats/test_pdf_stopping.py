"""Work on a PDF stops within a page and between pages, and keeps finished pages only where it is told to."""

import time
from contextlib import contextmanager

import pytest

from photos.imaging import atomic_file, cancellation, pipeline
from photos.imaging.formats import Unreadable
from photos.imaging.formats.pdf import page_image
from tests.photos.imaging import documents, pictures

RESIZE = {"operation": "resize", "options": {"longest_edge": 100}}


@pytest.fixture
def book(tmp_path):
    """Six pages of text."""
    return documents.write_text_pdf(tmp_path / "book.pdf", [f"Page {number}" for number in range(6)])


@pytest.fixture
def stop_after(monkeypatch):
    """Makes an `aborting` that stops the work after so many files were written."""
    written, synced = [], atomic_file.sync

    def stopping(count):
        @contextmanager
        def aborting(stop):
            def note(path):
                synced(path)
                written.append(path)
                if len(written) == count:
                    stop()

            monkeypatch.setattr(atomic_file, "sync", note)
            yield

        return aborting

    return stopping


def test_the_drawing_of_a_page_is_left_when_it_is_stopped(tmp_path):
    """A page of a large picture and a text is drawn, strip by strip."""
    noise = pictures.pyvips.Image.gaussnoise(1500, 1500, mean=128, sigma=50, seed=1).cast("uchar")
    scan = documents.write_scan_pdf(tmp_path / "scan.pdf", [pictures.save(noise, tmp_path / "noise.png", "png")])
    documents.set_page_entries(scan, MediaBox=[0, 0, 2000, 2000])
    asked = []

    def stopped():
        asked.append(len(asked))
        return len(asked) > 3

    with pytest.raises(Unreadable):
        page_image.load_page(scan, 0, 1, stopped)

    assert len(asked) == 4


def test_a_page_that_takes_too_long_is_named(tmp_path, monkeypatch):
    noise = pictures.pyvips.Image.gaussnoise(1500, 1500, mean=128, sigma=50, seed=1).cast("uchar")
    scan = documents.write_scan_pdf(tmp_path / "scan.pdf", [pictures.save(noise, tmp_path / "noise.png", "png")])
    documents.set_page_entries(scan, MediaBox=[0, 0, 2000, 2000])
    monkeypatch.setattr(page_image, "MAX_DRAW_SECONDS", 0)

    with pytest.raises(Unreadable, match="Page 1 of the PDF takes too long to draw"):
        page_image.load_page(scan, 0, 1)


def test_a_page_is_not_given_up_because_the_machine_is_busy_with_something_else(tmp_path, monkeypatch):
    noise = pictures.pyvips.Image.gaussnoise(400, 400, mean=128, sigma=50, seed=1).cast("uchar")
    scan = documents.write_scan_pdf(tmp_path / "scan.pdf", [pictures.save(noise, tmp_path / "noise.png", "png")])
    documents.set_page_entries(scan, MediaBox=[0, 0, 2000, 2000])
    monkeypatch.setattr(page_image, "MAX_DRAW_SECONDS", 0.2)
    waited = []

    def wait():
        if not waited:
            waited.append(time.sleep(0.25))
        return False

    assert page_image.load_page(scan, 0, 16, wait).width > 0
    assert waited


@pytest.mark.parametrize("count", [1, 3, 6])
def test_finished_pages_are_kept_where_it_is_told(tmp_path, book, stop_after, count):
    with pytest.raises(cancellation.Aborted):
        pipeline.process(book, "pdf", [RESIZE], tmp_path, "out", stop_after(count), tmp_path / "kept")

    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [f"{number:06}" for number in range(count)]
    assert not (tmp_path / "out.pdf").exists()


def test_without_a_place_for_them_no_page_is_kept(tmp_path, book, stop_after):
    with pytest.raises(cancellation.Aborted):
        pipeline.process(book, "pdf", [RESIZE], tmp_path, "out", stop_after(3))

    assert [path.name for path in tmp_path.iterdir()] == ["book.pdf"]


def test_work_that_ends_keeps_no_page(tmp_path, book):
    pipeline.process(book, "pdf", [RESIZE], tmp_path, "out", pages=tmp_path / "kept")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["book.pdf", "out.pdf"]
