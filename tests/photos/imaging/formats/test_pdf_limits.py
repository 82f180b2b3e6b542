"""A limit of the size holds for a PDF as a whole."""

import pikepdf
import pytest

from photos.imaging import pipeline
from photos.imaging.formats import Limits, probe
from photos.imaging.formats.pdf.text_layer import list_page_texts
from tests.photos.imaging import documents, pictures


def limit(kilobytes):
    return {"operation": "target-size", "options": {"kilobytes": kilobytes}}


def test_a_pdf_that_is_small_enough_stays_as_it_is(tmp_path):
    made = pipeline.process(documents.write_two_pages(tmp_path), "pdf", [limit(100)], tmp_path, "out")

    assert list_page_texts(made.path) == ["The first page", "The second page"]


@pytest.mark.parametrize("kilobytes", [25, 60])
def test_a_limit_holds_for_all_pages_together_and_what_is_around_them(tmp_path, kilobytes):
    noise = pictures.pyvips.Image.gaussnoise(600, 400, mean=128, sigma=40, seed=1).cast("uchar")
    scan = documents.write_scan_pdf(tmp_path / "scan.pdf", [pictures.save(noise, tmp_path / "noise.jpg")] * 2)
    with pikepdf.open(scan, allow_overwriting_input=True) as pdf:
        pdf.docinfo["/Subject"] = "x" * 1000
        pdf.save(scan)

    made = pipeline.process(scan, "pdf", [limit(kilobytes)], tmp_path, "out")

    assert made.size <= kilobytes * 1000
    assert probe(made.path, Limits()).pages == 2
