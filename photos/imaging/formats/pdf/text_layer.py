"""The text of PDFs: reads it, and writes recognised words as an invisible layer over a page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unicodedata import bidirectional

import pikepdf
import pypdfium2
from pikepdf import Dictionary

from photos.imaging.formats.errors import Unreadable
from photos.imaging.formats.pdf.document import MALFORMED_ERRORS, PDF_DAMAGED, open_document, open_page, parse_document
from photos.imaging.formats.pdf.glyphless_font import ADVANCE_UNITS, UNITS_PER_EM, build_font

FONT_NAME = "/Recognised"
INVISIBLE_MODE = 3  # text rendering mode (ISO 32000-1, table 106)
RIGHT_TO_LEFT = {"R", "AL"}  # bidirectional classes of Hebrew, Arabic and similar scripts
MAX_STRETCH_PERCENT = 100_000  # of the width of a word


@dataclass(frozen=True)
class Word:
    """A word and its box in pixels of the upright page, from its top left corner."""

    text: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class PageText:
    """The words of a page in reading order, and the size of the page in pixels."""

    width: int
    height: int
    words: Sequence[Word]


def read_page_texts(path: Path, pages: int = 1000, characters: int = 1_000_000) -> Iterator[str]:
    """Yield the text of each page, at most `pages` of them, until `characters` characters are found.

    A page without text, such as a scan, yields an empty string. Raises `Unreadable`. Runs PDFium: call it in a worker
    or a sandbox child only, and from one thread at a time.
    """
    left = characters
    with open_document(path) as document:
        for number in range(min(len(document), pages)):
            text = read_page_text(document, number, left)
            left -= len(text)
            yield text
            if left <= 0:
                return


def list_page_texts(path: Path, pages: int = 1000, characters: int = 1_000_000) -> list[str]:
    """The texts of `read_page_texts` as a list, which a sandbox child can send."""
    return list(read_page_texts(path, pages, characters))


def read_page_text(document: pypdfium2.PdfDocument, number: int, most: int) -> str:
    """At most `most` characters of a page's text, with line feeds at line ends; hyphenated words are joined."""
    with open_page(document, number) as page:
        textpage = page.get_textpage()
        count = min(textpage.count_chars(), most)
        text = textpage.get_text_range(0, count) if count > 0 else ""
    # PDFium writes U+FFFE or U+0002 for a hyphen at the end of a line.
    for hyphen in ("\ufffe", "\x02"):
        text = text.replace(f"{hyphen}\r\n", "").replace(hyphen, "")
    return "".join(c for c in text.replace("\r\n", "\n") if c.isprintable() or c in "\n\t").strip()[:most]


def add_text(source: Path, target: Path, pages: Mapping[int, PageText]) -> None:
    """Write the PDF again with invisible words over its pages, which are counted from 0; the rest stays.

    The words can be searched, selected and copied where their boxes are, on turned pages, too. The same input gives the
    same bytes. Raises `Unreadable`.
    """
    try:
        with parse_document(source) as pdf:
            for number in sorted(pages):
                write_words(pdf, pdf.pages[number], pages[number])
            pdf.save(target, deterministic_id=True, fix_metadata_version=False)
    except MALFORMED_ERRORS as error:
        raise Unreadable(PDF_DAMAGED) from error


def write_words(pdf: pikepdf.Pdf, page: pikepdf.Page, text: PageText) -> None:
    """Add the words to a page as an invisible layer."""
    words = [word for word in map(clean_word, text.words) if word.text and word.width > 0 and word.height > 0]
    if not words:
        return
    invisible, codes = build_font(pdf, "".join(word.text for word in words) + " ")
    page.obj.Resources = add_font(page.resources, invisible)
    page.contents_add(b"q", prepend=True)
    page.contents_add(b"Q\n" + text_layer_content(page, text, words, codes))


def clean_word(word: Word) -> Word:
    """The word without unprintable characters and blanks, in visual order."""
    text = "".join(c for c in word.text if c.isprintable() and c != " ")
    if any(bidirectional(c) in RIGHT_TO_LEFT for c in text):
        text = text[::-1]  # PDF has visual order, from the left; readers restore the logical one
    return replace(word, text=text)


def add_font(resources: pikepdf.Object, invisible: pikepdf.Object) -> Dictionary:
    """A copy of a page's resources with one more font: other pages may share the original."""
    fonts = Dictionary({FONT_NAME: invisible})
    for name, other in (resources.get("/Font") or {}).items():
        fonts[name] = other
    copy = Dictionary({name: value for name, value in resources.items() if name != "/Font"})
    copy.Font = fonts
    return copy


def text_layer_content(page: pikepdf.Page, text: PageText, words: Sequence[Word], codes: Mapping[str, int]) -> bytes:
    """The content stream of the layer."""
    matrix, (across, down) = page_transform(page)
    size = across / text.width, down / text.height
    lines = [f"q {format_numbers(*matrix)} cm", "BT", f"{INVISIBLE_MODE} Tr"]
    for word in words:
        lines += word_operators(word, text.height, size, codes)
    return "\n".join([*lines, "ET", "Q"]).encode("ascii")


def word_operators(word: Word, page_height: int, size: tuple[float, float], codes: Mapping[str, int]) -> list[str]:
    """The operators for a word and the space behind it: as high as its box, stretched to its width."""
    high, wide = word.height * size[1], word.width * size[0]
    stretch = min(100 * wide / (len(word.text) * high * ADVANCE_UNITS / UNITS_PER_EM), MAX_STRETCH_PERCENT)
    bottom = (page_height - word.top - word.height) * size[1]
    coded = "".join(f"{codes[character]:04X}" for character in word.text + " ")
    return [
        f"{FONT_NAME} {format_numbers(high)} Tf {format_numbers(stretch)} Tz",
        f"1 0 0 1 {format_numbers(word.left * size[0], bottom)} Tm <{coded}> Tj",
    ]


def page_transform(page: pikepdf.Page) -> tuple[tuple[float, ...], tuple[float, float]]:
    """The matrix from the page as seen to the page as stored, and its width and height as seen."""
    left, bottom, right, top = (float(side) for side in page.cropbox)
    left, right, bottom, top = min(left, right), max(left, right), min(bottom, top), max(bottom, top)
    across, down = right - left, top - bottom
    match int(page.obj.get("/Rotate", 0)) % 360:
        case 90:
            return (0, 1, -1, 0, right, bottom), (down, across)
        case 180:
            return (-1, 0, 0, -1, right, top), (across, down)
        case 270:
            return (0, -1, 1, 0, left, top), (down, across)
    return (1, 0, 0, 1, left, bottom), (across, down)


def format_numbers(*values: float) -> str:
    """Numbers as in a PDF: never with an exponent."""
    return " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in values)
