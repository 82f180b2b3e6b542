"""Scanned documents for the benchmarks: A4 pages at 300 dpi, each a JPEG in a PDF, cached in a temporary folder."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pyvips
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from benchmarks.pictures import CACHE

WIDTH, HEIGHT = 2480, 3508
PAGE_TEXT = "\n".join("The quick brown fox jumps over the lazy dog, and nobody minds at all." for _ in range(50))


def scanned_document(pages: int) -> Path:
    """The path of a PDF with that many scanned pages, written at the first call."""
    path = CACHE / f"document-{pages}.pdf"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        draft = path.with_suffix(".part")
        write_document(draft, pages)
        draft.rename(path)
    return path


def write_document(path: Path, pages: int) -> None:
    canvas = Canvas(str(path), pagesize=A4)
    for number in range(pages):
        canvas.drawImage(ImageReader(BytesIO(draw_page(number))), 0, 0, *A4)
        canvas.showPage()
    canvas.save()


def draw_page(number: int) -> bytes:
    """The JPEG of a page as from a scanner: text, grain, a yellow tint."""
    text = pyvips.Image.text(f"Page {number + 1}\n{PAGE_TEXT}", dpi=200, width=WIDTH - 400)
    paper = (255 - text.embed(200, 200, WIDTH, HEIGHT)) * 0.9
    scan = paper + pyvips.Image.gaussnoise(WIDTH, HEIGHT, sigma=4, mean=8)
    data: bytes = scan.bandjoin([scan, scan * 0.95]).cast("uchar").copy(interpretation="srgb").jpegsave_buffer(Q=80)
    return data
