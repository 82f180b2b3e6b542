from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pypdfium2
import pyvips

from photos.imaging.formats.base import Format, Saving
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.formats.pdf import joining
from photos.imaging.formats.pdf.document import opened, page_of, unit_of
from photos.imaging.formats.pdf.image_streams import QUALITY, write_page
from photos.imaging.formats.pdf.page_image import Stopped, never, picture
from photos.imaging.formats.pdf.rendering import sheet

LOOKED_AT = 20  # pages from the first, for whether there is text


class Pdf(Format):
    """Scans and documents. A page that is one picture has that picture's pixels, any other is drawn at 200 dpi."""

    name = "pdf"
    label = "PDF"
    extension = "pdf"
    mime = "application/pdf"
    longest = 65_500  # libjpeg's JPEG_MAX_DIMENSION, for the pages inside
    holds_alpha = False
    holds_pages = True
    pages_speak = False
    quality = QUALITY
    draws = True

    def header(self, path: Path, page: int = 0, **options: Any) -> pyvips.Image:
        """A blank page of the right size, with the number of pages and the date of the document."""
        with opened(path) as document, page_of(document, page) as opened_page:
            found = sheet(opened_page, page, unit_of(path, page))
            blank = pyvips.Image.black(found.width, found.height).copy()
            blank.set_type(pyvips.GValue.gint_type, "n-pages", len(document))
            if date := created(document):
                blank.set_type(pyvips.GValue.gstr_type, vips_fields.TAKEN[0][0], date[0])
                blank.set_type(pyvips.GValue.gstr_type, vips_fields.TAKEN[0][1], date[1])
        return blank

    def open(
        self, path: Path, shrink: float = 1, page: int = 0, stopped: Stopped = never, **options: Any
    ) -> pyvips.Image:
        return picture(path, page, shrink, stopped)

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        write_page(image, path, saving)

    def more_than_pixels(self, path: Path) -> frozenset[str]:
        found: set[str] = set()
        with opened(path) as document:
            for number in range(min(len(document), LOOKED_AT)):
                with page_of(document, number) as page:
                    looked = sheet(page, number)
                found |= {"text"} if looked.has_text else set()
                found |= {"links"} if looked.has_links else set()
        return frozenset(found)

    def around(self, source: Path | None, pages: int, saving: Saving) -> int:
        return joining.around(source, pages, saving)

    def join(
        self, pages: Sequence[Path], target: Path, saving: Saving, source: Path | None, check: Callable[[], None]
    ) -> None:
        joining.join(pages, target, saving, source, check)


def created(document: pypdfium2.PdfDocument) -> tuple[str, str] | None:
    """When the document was made, and its zone, as EXIF writes them (from ISO 32000-1, 7.9.4)."""
    text = document.get_metadata_value("CreationDate").removeprefix("D:").replace("'", "")
    digits, zone = text[:14], text[14:19]
    if len(digits) != 14 or not digits.isdigit():
        return None
    day, clock = f"{digits[:4]}:{digits[4:6]}:{digits[6:8]}", f"{digits[8:10]}:{digits[10:12]}:{digits[12:14]}"
    offset = f"{zone[:3]}:{zone[3:5]}" if len(zone) == 5 else ""
    return f"{day} {clock}", offset
