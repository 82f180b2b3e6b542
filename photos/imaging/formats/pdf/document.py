"""PDF files, opened by PDFium. It is not safe to use from several threads: one page of one document at a time."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

from photos.imaging.formats.errors import Unreadable

PDF_LOCKED = "The PDF is locked with a password"
PDF_DAMAGED = "The PDF is damaged and cannot be opened"
PDF_WITHOUT_PAGES = "The PDF has no pages"
PAGE_DAMAGED = "Page {} of the PDF is damaged"
MIN_UNIT_POINTS, MAX_UNIT_POINTS = Decimal("0.01"), 1000  # points that a unit of a page can believably have
# What pikepdf and we may stumble over in a document in which anything may stand in the place of anything else.
MALFORMED_ERRORS = (
    pikepdf.PdfError, pikepdf.PasswordError, AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
SENTENCE_BY_ERROR = {pdfium.FPDF_ERR_PASSWORD: PDF_LOCKED, pdfium.FPDF_ERR_SECURITY: PDF_LOCKED}


@contextmanager
def open_document(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    """The document. Raises Unreadable for one that is locked, damaged or without pages."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(
            PDF_WITHOUT_PAGES if is_empty(path) else SENTENCE_BY_ERROR.get(error.err_code, PDF_DAMAGED)
        ) from error
    with closing(document):
        if len(document) == 0:
            raise Unreadable(PDF_WITHOUT_PAGES)
        yield document


def is_empty(path: Path) -> bool:
    """Whether a PDF has no page at all: PDFium does not open it, and repeats what it last found wrong with another."""
    with suppress(*MALFORMED_ERRORS), parse_document(path) as pdf:
        return len(pdf.pages) == 0
    return False


def parse_document(path: Path) -> pikepdf.Pdf:
    """The document as a tree of objects. It is read and not mapped, which would count as memory of this process.

    Raises one of ODD, now or when it is looked into.
    """
    return pikepdf.open(path, access_mode=pikepdf.AccessMode.stream)


def page_unit(path: Path, number: int) -> float:
    """How many points a unit of a page is long, which PDFium does not know; 1 where the page says nothing sensible."""
    found = page_units(path, path.stat().st_mtime_ns)
    return found[number] if number < len(found) else 1.0


@lru_cache(maxsize=2)
def page_units(path: Path, changed_at: int) -> list[float]:
    """The same for every page (ISO 32000-1, table 30)."""
    with suppress(*MALFORMED_ERRORS), parse_document(path) as pdf:
        return [unit_or_default(page.obj.get("/UserUnit", 1)) for page in pdf.pages]
    return []


def unit_or_default(unit: object) -> float:
    """A unit of a page, if it is one."""
    return (
        float(unit) if isinstance(unit, int | float | Decimal) and MIN_UNIT_POINTS <= unit <= MAX_UNIT_POINTS else 1.0
    )


@contextmanager
def open_page(document: pypdfium2.PdfDocument, number: int) -> Iterator[pypdfium2.PdfPage]:
    """A page, counted from 0. Raises Unreadable for a damaged one."""
    try:
        page = document[number]
    except pypdfium2.PdfiumError as error:
        raise Unreadable(PAGE_DAMAGED.format(number + 1)) from error
    with closing(page):
        yield page
