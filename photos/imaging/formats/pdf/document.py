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

LOCKED = "The PDF is locked with a password"
DAMAGED = "The PDF is damaged and cannot be opened"
NO_PAGES = "The PDF has no pages"
PAGE_DAMAGED = "Page {} of the PDF is damaged"
LEAST, MOST = Decimal("0.01"), 1000  # points that a unit of a page can believably have
# What pikepdf and we may stumble over in a document in which anything may stand in the place of anything else.
ODD = (
    pikepdf.PdfError, pikepdf.PasswordError, AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
REASONS = {pdfium.FPDF_ERR_PASSWORD: LOCKED, pdfium.FPDF_ERR_SECURITY: LOCKED}


@contextmanager
def opened(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    """The document. Raises Unreadable for one that is locked, damaged or without pages."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(NO_PAGES if is_empty(path) else REASONS.get(error.err_code, DAMAGED)) from error
    with closing(document):
        if len(document) == 0:
            raise Unreadable(NO_PAGES)
        yield document


def is_empty(path: Path) -> bool:
    """Whether a PDF has no page at all: PDFium does not open it, and repeats what it last found wrong with another."""
    with suppress(*ODD), parsed(path) as pdf:
        return len(pdf.pages) == 0
    return False


def parsed(path: Path) -> pikepdf.Pdf:
    """The document as a tree of objects. It is read and not mapped, which would count as memory of this process.

    Raises one of ODD, now or when it is looked into.
    """
    return pikepdf.open(path, access_mode=pikepdf.AccessMode.stream)


def unit_of(path: Path, number: int) -> float:
    """How many points a unit of a page is long, which PDFium does not know; 1 where the page says nothing sensible."""
    found = units(path, path.stat().st_mtime_ns)
    return found[number] if number < len(found) else 1.0


@lru_cache(maxsize=2)
def units(path: Path, changed_at: int) -> list[float]:
    """The same for every page (ISO 32000-1, table 30)."""
    with suppress(*ODD), parsed(path) as pdf:
        return [sensible(page.obj.get("/UserUnit", 1)) for page in pdf.pages]
    return []


def sensible(unit: object) -> float:
    """A unit of a page, if it is one."""
    return float(unit) if isinstance(unit, int | float | Decimal) and LEAST <= unit <= MOST else 1.0


@contextmanager
def page_of(document: pypdfium2.PdfDocument, number: int) -> Iterator[pypdfium2.PdfPage]:
    """A page, counted from 0. Raises Unreadable for a damaged one."""
    try:
        page = document[number]
    except pypdfium2.PdfiumError as error:
        raise Unreadable(PAGE_DAMAGED.format(number + 1)) from error
    with closing(page):
        yield page
