"""Joins pages of different sizes to one TIFF: libvips writes each page as a file of its own.

A TIFF is a chain of directories; each has a page's tags, and the offsets of its pixels (TIFF 6.0, section 2).
"""

import mmap
import struct
from pathlib import Path
from typing import BinaryIO

from photos.imaging.formats.errors import Unreadable
from photos.imaging.formats.metadata.exif import EXIF_TAG, GPS_TAG, IPTC_TAG, Description
from photos.imaging.formats.metadata.ifd import (
    LONG,
    SHORT,
    UNDEFINED,
    Directory,
    Tag,
    byte_order,
    first_directory_offset,
    pack_directory,
    read_directory,
)

PIXEL_TAGS = ((273, 279), (324, 325))  # offsets and byte counts of strips, of tiles
SUBFILE_TYPE, PAGE_NUMBER = 254, 297
MULTI_PAGE = 2
MAX_OFFSET = 2**32 - 1  # offsets have 32 bits


class TiffWriter:
    """Writes a TIFF page by page."""

    def __init__(self, file: BinaryIO, pages: int) -> None:
        self.file = file
        self.pages = pages
        self.page_index = 0
        self.order = ""
        self.link = 4  # position of the link to the next directory
        self.value_offsets: dict[bytes, int] = {}  # value → offset, of values in the file

    def add(self, path: Path) -> None:
        """Append the only page of another TIFF. Raises `Unreadable` beyond 4 GB."""
        data = path.read_bytes()
        order = byte_order(data)
        if not self.order:
            self.order = order
            self.file.write(data[:4] + bytes(4))
        tags = read_directory(data, order, first_directory_offset(data))
        present = [pair for pair in PIXEL_TAGS if pair[0] in tags]
        tags |= {places: self.copy_pixels(data, tags[places], tags[sizes]) for places, sizes in present}
        for place in (EXIF_TAG, GPS_TAG):
            if place in tags:
                self.append_subdirectory(tags, place, read_directory(data, order, tags[place].number(order)))
        tags[SUBFILE_TYPE] = Tag(LONG, 1, struct.pack(order + "I", MULTI_PAGE))
        tags[PAGE_NUMBER] = Tag(SHORT, 2, struct.pack(order + "HH", self.page_index, self.pages))
        self.append_directory(tags)
        self.page_index += 1

    def copy_pixels(self, data: bytes, places: Tag, sizes: Tag) -> Tag:
        """Copy the strips or tiles of another TIFF; the tag with their new offsets."""
        pieces = zip(read_numbers(places, self.order), read_numbers(sizes, self.order), strict=True)
        offsets = [self.store_value(data[place : place + size]) for place, size in pieces]
        return Tag(LONG, len(offsets), struct.pack(f"{self.order}{len(offsets)}I", *offsets))

    def append_directory(self, tags: Directory) -> None:
        """Append a directory and link it to the one before."""
        # The link is written last: a file that is broken off before still ends with a complete page.
        start = self.write_directory(tags)
        end = self.file.tell() - 4
        self.file.seek(self.link)
        self.file.write(struct.pack(self.order + "I", start))
        self.file.seek(0, 2)
        self.link = end

    def append_subdirectory(self, tags: Directory, place: int, other: Directory) -> None:
        """Append a sub-directory, and put its offset into the tags."""
        tags[place] = Tag(LONG, 1, struct.pack(self.order + "I", self.write_directory(other)))

    def write_directory(self, tags: Directory) -> int:
        """Append a directory behind its values; the offset of the directory."""
        directory_bytes = pack_directory(tags, self.order, self.store_value)
        start = self.align()
        self.file.write(directory_bytes + bytes(4))
        return start

    def describe(self, description: Description) -> None:
        """Add a description to the only page of a complete file."""
        with mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            self.order = byte_order(data)
            own = read_directory(data, self.order, first_directory_offset(data))
        self.value_offsets = {tag.value: tag.place for tag in own.values() if tag.place}
        tags = own | description.main
        if description.iptc:
            tags[IPTC_TAG] = Tag(UNDEFINED, len(description.iptc), description.iptc)
        self.file.seek(0, 2)
        for place, other in ((EXIF_TAG, description.exif), (GPS_TAG, description.gps)):
            if other:
                self.append_subdirectory(tags, place, other)
        self.append_directory(tags)

    def store_value(self, value: bytes) -> int:
        """Append a value, unless the file has it already; its offset."""
        if value in self.value_offsets:
            return self.value_offsets[value]
        start = self.align()
        self.file.write(value)
        return start

    def align(self) -> int:
        """Pad to the next even position, where everything in a TIFF begins. Raises `Unreadable` beyond 4 GB."""
        self.file.write(bytes(self.file.tell() % 2))
        if self.file.tell() > MAX_OFFSET:
            raise Unreadable("The pages together are larger than 4 GB, which a TIFF cannot hold")
        return self.file.tell()


def read_numbers(tag: Tag, order: str) -> tuple[int, ...]:
    return struct.unpack(f"{order}{tag.count}{'H' if tag.type == SHORT else 'I'}", tag.value)
