"""PDF as a format of pictures, one page each."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pypdfium2
import pyvips

from photos.imaging.formats.base import Format, Saving
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.formats.pdf import joining
from photos.imaging.formats.pdf.document import open_document, open_page, page_unit
from photos.imaging.formats.pdf.image_streams import DEFAULT_QUALITY, write_page
from photos.imaging.formats.pdf.page_image import StopCheck, load_page, never_stopped
from photos.imaging.formats.pdf.rendering import inspect_page

MAX_INSPECTED_PAGES = 20  # searched for text and links


class Pdf(Format):
    """Scans and documents. A page that is a single scan gives its pixels, any other page is drawn at 200 dpi."""

    name = "pdf"
    label = "PDF"
    extension = "pdf"
    mime = "application/pdf"
    max_side = 65_500  # libjpeg's JPEG_MAX_DIMENSION, for the pages inside
    holds_alpha = False
    holds_pages = True
    pages_hold_metadata = False
    quality = DEFAULT_QUALITY
    is_drawn = True

    def header(self, path: Path, page: int = 0, **options: Any) -> pyvips.Image:
        """A blank picture of the page's size, with the number of pages and the date of the document."""
        with open_document(path) as document, open_page(document, page) as opened_page:
            content = inspect_page(opened_page, page, page_unit(path, page))
            blank = pyvips.Image.black(content.width, content.height).copy()
            blank.set_type(pyvips.GValue.gint_type, "n-pages", len(document))
            if date := creation_time(document):
                blank.set_type(pyvips.GValue.gstr_type, vips_fields.CAPTURE_FIELDS[0][0], date[0])
                blank.set_type(pyvips.GValue.gstr_type, vips_fields.CAPTURE_FIELDS[0][1], date[1])
        return blank

    def open(
        self, path: Path, shrink: float = 1, page: int = 0, stopped: StopCheck = never_stopped, **options: Any
    ) -> pyvips.Image:
        return load_page(path, page, shrink, stopped)

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        write_page(image, path, saving)

    def non_pixel_content(self, path: Path) -> frozenset[str]:
        kinds: set[str] = set()
        with open_document(path) as document:
            for number in range(min(len(document), MAX_INSPECTED_PAGES)):
                with open_page(document, number) as page:
                    content = inspect_page(page, number)
                kinds |= {"text"} if content.has_text else set()
                kinds |= {"links"} if content.has_links else set()
        return frozenset(kinds)

    def overhead_bytes(self, source: Path | None, pages: int, saving: Saving) -> int:
        return joining.overhead_bytes(source, pages, saving)

    def join(
        self, pages: Sequence[Path], target: Path, saving: Saving, source: Path | None, check: Callable[[], None]
    ) -> None:
        joining.join_pages(pages, target, saving, source, check)


def creation_time(document: pypdfium2.PdfDocument) -> tuple[str, str] | None:
    """The creation date of a document and its zone, as EXIF writes them (from ISO 32000-1, 7.9.4)."""
    text = document.get_metadata_value("CreationDate").removeprefix("D:").replace("'", "")
    digits, zone = text[:14], text[14:19]
    if len(digits) != 14 or not digits.isdigit():
        return None
    day, clock = f"{digits[:4]}:{digits[4:6]}:{digits[6:8]}", f"{digits[8:10]}:{digits[10:12]}:{digits[12:14]}"
    offset = f"{zone[:3]}:{zone[3:5]}" if len(zone) == 5 else ""
    return f"{day} {clock}", offset
