"""Opens PDFs with PDFium and pikepdf. PDFium is not thread-safe: one page of one document at a time."""

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
MIN_UNIT_POINTS, MAX_UNIT_POINTS = Decimal("0.01"), 1000  # credible points of a page's unit
# Raised by pikepdf, and by code here, for documents with objects of the wrong type in any place.
MALFORMED_ERRORS = (
    pikepdf.PdfError, pikepdf.PasswordError, AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
SENTENCE_BY_ERROR = {pdfium.FPDF_ERR_PASSWORD: PDF_LOCKED, pdfium.FPDF_ERR_SECURITY: PDF_LOCKED}


@contextmanager
def open_document(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF with PDFium. Raises `Unreadable` for one that is locked, damaged or without pages."""
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
    """Whether a PDF has no page. PDFium cannot tell: it reports the error of the document it failed on before."""
    with suppress(*MALFORMED_ERRORS), parse_document(path) as pdf:
        return len(pdf.pages) == 0
    return False


def parse_document(path: Path) -> pikepdf.Pdf:
    """Open a PDF as a tree of objects. Raises one of `MALFORMED_ERRORS`, now or when the tree is read."""
    # Read, not mapped: mapped pages count as memory of this process.
    return pikepdf.open(path, access_mode=pikepdf.AccessMode.stream)


def page_unit(path: Path, number: int) -> float:
    """Points in a unit of a page, which PDFium does not know; 1 without a valid value (ISO 32000-1, table 30)."""
    units = page_units(path, path.stat().st_mtime_ns)
    return units[number] if number < len(units) else 1.0


@lru_cache(maxsize=2)
def page_units(path: Path, changed_at: int) -> list[float]:
    with suppress(*MALFORMED_ERRORS), parse_document(path) as pdf:
        return [unit_or_default(page.obj.get("/UserUnit", 1)) for page in pdf.pages]
    return []


def unit_or_default(unit: object) -> float:
    return (
        float(unit) if isinstance(unit, int | float | Decimal) and MIN_UNIT_POINTS <= unit <= MAX_UNIT_POINTS else 1.0
    )


@contextmanager
def open_page(document: pypdfium2.PdfDocument, number: int) -> Iterator[pypdfium2.PdfPage]:
    """Open a page, counted from 0. Raises `Unreadable` for a damaged one."""
    try:
        page = document[number]
    except pypdfium2.PdfiumError as error:
        raise Unreadable(PAGE_DAMAGED.format(number + 1)) from error
    with closing(page):
        yield page
