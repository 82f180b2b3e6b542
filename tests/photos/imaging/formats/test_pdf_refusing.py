"""PDFs that cannot be opened, or only at too high a cost, are refused in words."""

import pikepdf
import pytest

from photos.imaging import pipeline
from photos.imaging.formats import Limits, Unreadable, probe
from tests.photos.imaging import documents

RESIZE = {"operation": "resize", "options": {"longest_edge": 48}}


def test_a_password_is_told(tmp_path, book):
    path = documents.encrypt(book, tmp_path / "locked.pdf")

    with pytest.raises(Unreadable, match="The PDF is locked with a password"):
        probe(path, Limits())


def test_a_pdf_that_only_forbids_things_opens(tmp_path, book):
    path = documents.encrypt(book, tmp_path / "locked.pdf", password="")

    made = pipeline.process(path, "pdf", [RESIZE], tmp_path, "out")

    assert probe(made.path, Limits()).pages == 2


def test_a_damaged_pdf_is_told(tmp_path, book):
    (tmp_path / "half.pdf").write_bytes(book.read_bytes()[: book.stat().st_size // 3])

    with pytest.raises(Unreadable, match="The PDF is damaged and cannot be opened"):
        probe(tmp_path / "half.pdf", Limits())


def test_a_pdf_without_pages_is_told_also_after_one_with_a_password(tmp_path, book):
    with pytest.raises(Unreadable, match="password"):
        probe(documents.encrypt(book, tmp_path / "locked.pdf"), Limits())
    with pikepdf.new() as pdf:
        pdf.save(tmp_path / "empty.pdf")

    with pytest.raises(Unreadable, match="The PDF has no pages"):
        probe(tmp_path / "empty.pdf", Limits())


def test_too_many_pages_are_told(book):
    with pytest.raises(Unreadable, match="The file has 2 pages; the limit is 1"):
        probe(book, Limits(pages=1))


def test_a_bomb_inside_a_page_is_refused_before_it_is_drawn(tmp_path, scan):
    with pikepdf.open(scan, allow_overwriting_input=True) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        image.Width, image.Height = 40_000, 40_000
        pdf.save(scan)

    with pytest.raises(Unreadable, match="Page 1 holds a picture of 1,600 megapixels; the limit is 250"):
        probe(scan, Limits())


def test_a_giant_page_is_drawn_at_a_lower_resolution(tmp_path):
    source = documents.write_text_pdf(tmp_path / "giant.pdf", ["Hello"], size=(14_000, 14_000))

    found = probe(source, Limits())

    assert found.width == found.height
    assert 63 < found.width * found.height / 1e6 < 65


@pytest.mark.parametrize("share", [0, 0.1, 0.9])
def test_a_damaged_page_damages_the_whole_and_leaves_nothing(tmp_path, scan, share):
    with pikepdf.open(scan, allow_overwriting_input=True) as pdf:
        (image,) = pdf.pages[1].get_images().values()
        content = image.read_raw_bytes()
        image.write(content[: int(share * len(content))], filter=pikepdf.Name.DCTDecode)
        pdf.save(scan)
    before = sorted(tmp_path.iterdir())

    with pytest.raises(Unreadable):
        pipeline.process(scan, "pdf", [RESIZE], tmp_path, "out")

    assert sorted(tmp_path.iterdir()) == before
