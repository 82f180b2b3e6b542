"""Pages whose units are not points, as large drawings have them (PDF 1.6, UserUnit), stay as large as they are."""

from decimal import Decimal

import pikepdf
import pytest

from photos.imaging import pipeline
from photos.imaging.formats import Limits, probe
from tests.photos.imaging import documents, pictures

FLIP = {"operation": "flip"}
TIFF = {"operation": "convert", "options": {"format": "tiff"}}


def inches(path):
    """Width and height of each page on paper."""
    with pikepdf.open(path) as pdf:
        boxes = [([*map(float, page.MediaBox)], float(page.obj.get("/UserUnit", 1))) for page in pdf.pages]
    return [
        (round((right - left) * unit / 72, 2), round((top - bottom) * unit / 72, 2))
        for (left, bottom, right, top), unit in boxes
    ]


@pytest.fixture
def scan(tmp_path):
    """Six by four inches at 100 dpi, as if its units were points."""
    return documents.write_scan_pdf(
        tmp_path / "scan.pdf", [pictures.save(pictures.corners(600, 400), tmp_path / "a", "png")]
    )


@pytest.mark.parametrize("pages", [1, 2])
@pytest.mark.parametrize("unit", [Decimal("2.5"), 2])
def test_a_page_that_is_drawn_anew_stays_as_large_on_paper(tmp_path, unit, pages):
    source = documents.write_text_pdf(tmp_path / "drawing.pdf", ["A plan"] * pages, size=(360, 180))
    documents.set_page_entries(source, UserUnit=unit)

    made = pipeline.process(source, "pdf", [FLIP], tmp_path, "out")

    assert inches(made.path) == inches(source)
    assert (made.width, made.height) == (1000 * unit, 500 * unit)  # 200 pixels an inch


def test_a_scan_keeps_its_pixels_and_its_size_on_paper(tmp_path, scan):
    documents.set_page_entries(scan, UserUnit=2)

    made = pipeline.process(scan, "pdf", [FLIP], tmp_path, "out")

    assert (made.width, made.height) == (600, 400)
    assert inches(made.path) == [(12, 8)]


def test_a_picture_made_of_such_a_page_says_its_resolution_on_paper(tmp_path, scan):
    documents.set_page_entries(scan, UserUnit=2)

    made = pipeline.process(scan, "pdf", [TIFF], tmp_path, "out")

    assert pictures.load(made.path).xres * 25.4 == pytest.approx(50)


@pytest.mark.parametrize("odd", [0, -3, 10**9, pikepdf.Name.Two, pikepdf.Array([2]), True])
def test_a_unit_that_makes_no_sense_is_a_point(tmp_path, scan, odd):
    documents.set_page_entries(scan, UserUnit=odd)

    made = pipeline.process(scan, "pdf", [FLIP], tmp_path, "out")

    assert probe(scan, Limits()).width == made.width == 600
    with pikepdf.open(made.path) as pdf:
        assert "/UserUnit" not in pdf.pages[0]
