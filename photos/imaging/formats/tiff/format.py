"""TIFF, with pages, colours and metadata that libvips leaves out."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyvips

from photos.imaging.formats.base import Format, Saving
from photos.imaging.formats.colour import convert
from photos.imaging.formats.errors import Unreadable
from photos.imaging.formats.metadata import exif, iptc, vips_fields
from photos.imaging.formats.tiff import big_tiff, colours
from photos.imaging.formats.tiff.page import count_pages, directory_offset, isolate_page
from photos.imaging.formats.tiff.pages import TiffWriter

PAGE_OVERHEAD_BYTES = 64  # of a page among others: two more tags, and padding to even positions


class Tiff(Format):
    """Scans and prints, also of several pages; every pixel stays as it is."""

    name = "tiff"
    label = "TIFF"
    extension = "tif"
    mime = "image/tiff"
    loader = "tiffload"
    max_side = 1_000_000
    holds_16_bits = True
    bits = 16
    holds_pages = True

    def header(self, path: Path, **options: Any) -> pyvips.Image:
        number = options.pop("page", None)
        place = None if number is None else directory_offset(path, number)
        mend = colours.find_conversion(path, place)
        if number is None and mend is None:
            return exif.attach_description(super().header(path, **options), path)
        page = isolate_page(path, number or 0, colours.RGB if mend else None)
        if page is None:
            return super().header(path, page=number or 0, **options)
        image = pyvips.Image.new_from_source(page.source, "", fail_on="error", **options)
        image = exif.attach_description(mend(image) if mend else image, path, page.place)
        return image if number is not None else vips_fields.set_page_count(image, count_pages(path))

    def further_page_sizes(self, path: Path, count: int) -> Iterator[tuple[int, int]]:
        big = big_tiff.read_page_sizes(path, count)
        yield from big[1:]
        for number in range(1, 0 if big else count):
            # A page that cannot be opened raises when it is needed: many outputs take the first page alone.
            with suppress(pyvips.Error, Unreadable):
                page = self.header(path, page=number)
                yield page.width, page.height

    def open(self, path: Path, shrink: float = 1, **options: Any) -> pyvips.Image:
        image = super().open(path, shrink, **options)
        if not convert.is_unprofiled_float(image):
            return image
        return convert.scale_to_range(image, self.header(path, **options)[0].max())

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        image.tiffsave(str(path), keep=saving.vips_keep, compression="deflate", predictor="horizontal")
        self.add_metadata(image, path)

    def save_quickly(self, image: pyvips.Image, path: Path) -> None:
        """Write a picture with all its metadata, uncompressed: large, but quick to write and read."""
        image.tiffsave(str(path), keep="all")
        self.add_metadata(image, path)

    def add_metadata(self, image: pyvips.Image, path: Path) -> None:
        """Add the EXIF and IPTC that libvips leaves out to a TIFF of one page."""
        description = exif.describe_image(image)
        if vips_fields.has(image, vips_fields.IPTC):
            description.iptc = iptc.to_tiff_block(bytes(image.get(vips_fields.IPTC)))
        if description.has_content:
            with path.open("r+b") as file:
                TiffWriter(file, 1).describe(description)

    def overhead_bytes(self, source: Path | None, pages: int, saving: Saving) -> int:
        return pages * PAGE_OVERHEAD_BYTES

    def join(
        self, pages: Sequence[Path], target: Path, saving: Saving, source: Path | None, check: Callable[[], None]
    ) -> None:
        with target.open("w+b") as file:
            writer = TiffWriter(file, len(pages))
            for page in pages:
                check()
                writer.add(page)
