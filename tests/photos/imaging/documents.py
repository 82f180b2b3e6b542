"""Small PDFs for tests, drawn by ReportLab: pages of text, and scans that are one picture a page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pyvips
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.photos.imaging import pictures

A5 = (420, 595)  # points


def write_text_pdf(path: Path, texts: Sequence[str], size: tuple[float, float] = A5) -> Path:
    """A page for each text."""
    canvas = Canvas(str(path), pagesize=size, invariant=True)
    canvas.setTitle("A book")
    canvas.setAuthor("Ana")
    for number, text in enumerate(texts):
        canvas.bookmarkPage(f"page{number}")
        canvas.addOutlineEntry(f"Chapter {number + 1}", f"page{number}")
        canvas.setFont("Helvetica", 20)
        canvas.drawString(40, size[1] - 60, text)
        canvas.linkURL("https://example.org/", (40, size[1] - 70, 200, size[1] - 40))
        canvas.showPage()
    canvas.save()
    return path


def write_scan_pdf(path: Path, pictures: Sequence[Path], dpi: float = 100) -> Path:
    """A page for each picture, which fills it; JPEGs stay as they are."""
    canvas = Canvas(str(path), invariant=True)
    for picture in pictures:
        width, height = (side * 72 / dpi for side in ImageReader(str(picture)).getSize())
        canvas.setPageSize((width, height))
        canvas.drawImage(str(picture), 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return path


def write_two_scans(folder: Path) -> Path:
    """Two scanned pages of 96 × 64 and 64 × 96 pixels at 100 dpi, as JPEGs."""
    sizes = ((96, 64), (64, 96))
    files = [pictures.save(pictures.corners(*size), folder / f"{size[0]}.jpg") for size in sizes]
    return write_scan_pdf(folder / "scan.pdf", files)


def write_two_pages(folder: Path) -> Path:
    """Two pages of text."""
    return write_text_pdf(folder / "book.pdf", ["The first page", "The second page"])


def set_page_entries(path: Path, **page: Any) -> Path:
    """The PDF with these entries in each of its pages."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        for each in pdf.pages:
            for name, value in page.items():
                each.obj[f"/{name}"] = value
        pdf.save(path)
    return path


def encrypt(path: Path, target: Path, password: str = "secret") -> Path:
    """The PDF behind a password; with an empty one it opens, but says what it does not allow."""
    with pikepdf.open(path) as pdf:
        pdf.save(target, encryption=pikepdf.Encryption(owner="owner", user=password))
    return target


def page_sizes(path: Path) -> list[tuple[float, float]]:
    """Width and height of each page as shown, in points."""
    with pypdfium2.PdfDocument(path) as document:
        return [document.get_page_size(number) for number in range(len(document))]


def render_page(path: Path, number: int = 0, dpi: float = 100) -> pyvips.Image:
    """A page as PDFium shows it."""
    with pypdfium2.PdfDocument(path) as document:
        picture = document[number].render(scale=dpi / 72, rev_byteorder=True).to_numpy()
    return pyvips.Image.new_from_array(picture.copy())
