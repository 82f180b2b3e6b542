"""The text of a PDF can be read page by page, and recognised words can be put where they stand in a scan."""

from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from PIL import ImageFont

from photos.imaging.formats import Unreadable
from photos.imaging.formats.pdf import glyphless_font
from photos.imaging.formats.pdf.text_layer import PageText, Word, add_text, list_page_texts, read_page_texts
from tests.photos.imaging import documents, pictures

WORDS = (
    Word("Grüße", 10, 5, 30, 10),
    Word("aus", 50, 5, 20, 10),
    Word("東京", 10, 20, 20, 10),
    Word("שלום", 40, 20, 20, 10),
    Word("😀", 10, 40, 10, 10),
)


@pytest.fixture
def scan(tmp_path):
    """Two scanned pages of 96 × 64 pixels."""
    picture = pictures.save(pictures.corners(), tmp_path / "picture.jpg")
    return documents.write_scan_pdf(tmp_path / "scan.pdf", [picture, picture])


def box_of(word, path):
    """Where the word stands on the first page, in points of the page as stored: left, bottom, right, top."""
    with pypdfium2.PdfDocument(path) as document:
        page = document[0].get_textpage()
        start = page.get_text_range().index(word)
        corners = [page.get_charbox(index, loose=True) for index in range(start, start + len(word))]
    lefts, bottoms, rights, tops = zip(*corners, strict=True)
    return [min(lefts), min(bottoms), max(rights), max(tops)]


def test_the_text_of_each_page_is_read(tmp_path):
    path = documents.write_text_pdf(tmp_path / "a.pdf", ["The first page", "Die zweite Seite"])

    assert list_page_texts(path) == ["The first page", "Die zweite Seite"]


def test_a_scan_has_no_text(scan):
    assert list_page_texts(scan) == ["", ""]


def test_no_more_text_is_read_than_asked_for(tmp_path):
    path = documents.write_text_pdf(tmp_path / "a.pdf", ["abcdef", "ghijkl", "mnopqr"])

    assert list_page_texts(path, pages=1) == ["abcdef"]
    assert list_page_texts(path, characters=8) == ["abcdef", "gh"]


def test_pages_are_read_one_after_the_other(tmp_path):
    path = documents.write_text_pdf(tmp_path / "a.pdf", ["one", "two"])

    assert next(iter(read_page_texts(path))) == "one"


def test_a_damaged_pdf_says_so(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\nnothing")

    with pytest.raises(Unreadable, match="damaged"):
        list_page_texts(tmp_path / "a.pdf")
    with pytest.raises(Unreadable, match="damaged"):
        add_text(tmp_path / "a.pdf", tmp_path / "b.pdf", {})


def test_words_are_found_in_their_order_in_every_script(tmp_path, scan):
    add_text(scan, tmp_path / "out.pdf", {1: PageText(96, 64, WORDS)})

    first, second = list_page_texts(tmp_path / "out.pdf")
    assert first == ""
    assert second.split() == [word.text for word in WORDS]


@pytest.mark.parametrize(
    ("turn", "expected"),
    [(0, (10, 70, 30, 90)), (90, (10, 10, 30, 30)), (180, (70, 10, 90, 30)), (270, (70, 70, 90, 90))],
)
def test_words_stand_where_their_boxes_are_also_on_turned_pages(tmp_path, scan, turn, expected):
    documents.set_page_entries(scan, MediaBox=[0, 0, 120, 120], CropBox=[20, 20, 120, 120], Rotate=turn)

    add_text(scan, tmp_path / "out.pdf", {0: PageText(1000, 500, [Word("here", 100, 50, 200, 100)])})

    assert box_of("here", tmp_path / "out.pdf") == pytest.approx([20 + side for side in expected], abs=0.5)


def test_words_are_not_seen(tmp_path, scan):
    add_text(scan, tmp_path / "out.pdf", {0: PageText(96, 64, WORDS)})

    before, after = documents.render_page(scan), documents.render_page(tmp_path / "out.pdf")
    assert (before - after).abs().max() == 0


def test_the_same_words_make_the_same_bytes(tmp_path, scan):
    for name in ("one.pdf", "two.pdf"):
        add_text(scan, tmp_path / name, {0: PageText(96, 64, WORDS), 1: PageText(96, 64, WORDS)})

    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_what_a_page_had_stays(tmp_path):
    source = documents.write_text_pdf(tmp_path / "a.pdf", ["Printed"])

    add_text(source, tmp_path / "out.pdf", {0: PageText(420, 595, [Word("recognised", 40, 400, 100, 20)])})

    assert list_page_texts(tmp_path / "out.pdf")[0].split() == ["Printed", "recognised"]
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert str(pdf.docinfo.Title) == "A book"


@pytest.mark.parametrize("word", ["", " ", "\n", "\ud800", "\x00"])
def test_words_that_are_none_are_left_out(tmp_path, scan, word):
    add_text(scan, tmp_path / "out.pdf", {0: PageText(96, 64, [Word(word, 1, 1, 9, 9), Word("ok", 20, 1, 9, 9)])})

    assert list_page_texts(tmp_path / "out.pdf")[0] == "ok"


def test_more_characters_than_a_block_of_the_table_can_hold(tmp_path, scan):
    text = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 250))

    add_text(scan, tmp_path / "out.pdf", {0: PageText(96, 64, [Word(text, 1, 1, 90, 9)])})

    assert list_page_texts(tmp_path / "out.pdf")[0] == text


def test_the_font_of_invisible_text_is_as_wide_as_its_words_are_stretched_for():
    invisible = ImageFont.truetype(BytesIO(glyphless_font.FONT_PROGRAM), glyphless_font.UNITS_PER_EM)

    assert invisible.getlength("Wi") == 2 * glyphless_font.ADVANCE_UNITS
    assert invisible.getmetrics() == (glyphless_font.UNITS_PER_EM, 0)
