"""The words of a page with their boxes, so that they stay when the page becomes a picture."""

import ctypes
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from photos.imaging.formats.pdf.document import open_document, open_page, parse_document
from photos.imaging.formats.pdf.text_layer import PageText, Word, write_words

GRID_UNITS = 20_000  # along the longer side of a page, the unit of boxes
MAX_CHARACTERS = 100_000  # of a page
HYPHENS = {0x02, 0xFFFE}  # PDFium's codes for a hyphen at the end of a line

type Box = tuple[float, float, float, float]


def copy_words(source: Path, number: int, page: Path) -> None:
    """Add the words of page `number` of a PDF to `page`, a PDF of one page, invisibly. Raises `Unreadable`."""
    text = read_words(source, number)
    if not text.words:
        return
    temporary = page.with_name(f"{page.name}.text")
    try:
        with parse_document(page) as pdf:
            write_words(pdf, pdf.pages[0], text)
            pdf.save(temporary, deterministic_id=True, fix_metadata_version=False)
        temporary.replace(page)
    finally:
        temporary.unlink(missing_ok=True)


def read_words(path: Path, number: int) -> PageText:
    """The words of a page, visible or not, in the order of the document. Raises `Unreadable`."""
    with open_document(path) as document, open_page(document, number) as page:
        across, down = page.get_size()
        unit = GRID_UNITS / max(across, down, 1)
        width, height = max(1, round(across * unit)), max(1, round(down * unit))
        return PageText(width, height, [*walk_words(page, width, height)])


def walk_words(page: pypdfium2.PdfPage, width: int, height: int) -> Iterator[Word]:
    textpage = page.get_textpage()
    indices = range(min(textpage.count_chars(), MAX_CHARACTERS))
    codes = [pdfium.FPDFText_GetUnicode(textpage, index) for index in indices]
    for is_word, group in groupby(indices, lambda index: not chr(codes[index]).isspace()):
        if is_word:
            yield build_word(page, textpage, [*group], codes, (width, height))


def build_word(
    page: pypdfium2.PdfPage,
    textpage: pypdfium2.PdfTextPage,
    indices: list[int],
    codes: list[int],
    size: tuple[int, int],
) -> Word:
    data = b"".join((0x2D if codes[i] in HYPHENS else codes[i]).to_bytes(2, "little") for i in indices)
    boxes = [to_upright_box(page, textpage.get_charbox(index, loose=True), size) for index in indices]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    return Word(data.decode("utf-16-le", errors="ignore"), left, top, right - left, bottom - top)


def to_upright_box(page: pypdfium2.PdfPage, box: Box, size: tuple[int, int]) -> Box:
    """A box in points of the stored page as pixels of the upright page: left, top, right, bottom."""
    first, second = to_upright_point(page, box[0], box[1], size), to_upright_point(page, box[2], box[3], size)
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(first, second, strict=True))
    return left, top, right, bottom


def to_upright_point(page: pypdfium2.PdfPage, x: float, y: float, size: tuple[int, int]) -> tuple[int, int]:
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
    return across.value, down.value
