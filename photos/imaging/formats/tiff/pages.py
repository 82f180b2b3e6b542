"""Pages of unlike sizes in one TIFF: libvips writes each page as a file of its own, and this puts them in a row.

A TIFF is a chain of directories; each names a page's tags, and where in the file its pixels are (TIFF 6.0, section 2).
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

PIXEL_TAGS = ((273, 279), (324, 325))  # where strips or tiles of pixels are, and how many bytes each has
SUBFILE_TYPE, PAGE_NUMBER = 254, 297
MULTI_PAGE = 2
MAX_OFFSET = 2**32 - 1  # offsets have 32 bits


class TiffWriter:
    """A TIFF that grows by a page at a time."""

    def __init__(self, file: BinaryIO, pages: int) -> None:
        self.file = file
        self.pages = pages
        self.written = 0
        self.order = ""
        self.link = 4  # where the offset of the next directory is to be written
        self.known: dict[bytes, int] = {}  # values that the file has already, and where

    def add(self, path: Path) -> None:
        """Append the only page of another TIFF."""
        data = path.read_bytes()
        order = byte_order(data)
        if not self.order:
            self.order = order
            self.file.write(data[:4] + bytes(4))
        tags = read_directory(data, order, first_directory_offset(data))
        tags |= {places: self.pixels(data, tags[places], tags[sizes]) for places, sizes in PIXEL_TAGS if places in tags}
        for place in (EXIF_TAG, GPS_TAG):
            if place in tags:
                self.point(tags, place, read_directory(data, order, tags[place].number(order)))
        tags[SUBFILE_TYPE] = Tag(LONG, 1, struct.pack(order + "I", MULTI_PAGE))
        tags[PAGE_NUMBER] = Tag(SHORT, 2, struct.pack(order + "HH", self.written, self.pages))
        self.append(tags)
        self.written += 1

    def pixels(self, data: bytes, places: Tag, sizes: Tag) -> Tag:
        """Write the strips or tiles of another TIFF; where they are now."""
        pieces = zip(read_numbers(places, self.order), read_numbers(sizes, self.order), strict=True)
        stored = [self.stored(data[place : place + size]) for place, size in pieces]
        return Tag(LONG, len(stored), struct.pack(f"{self.order}{len(stored)}I", *stored))

    def append(self, tags: Directory) -> None:
        """Write a directory at the end of the file and link it to the one before."""
        start = self.written_at_the_end(tags)
        end = self.file.tell() - 4
        self.file.seek(self.link)
        self.file.write(struct.pack(self.order + "I", start))
        self.file.seek(0, 2)
        self.link = end

    def point(self, tags: Directory, place: int, other: Directory) -> None:
        """Write another directory, and where it is into the tags."""
        tags[place] = Tag(LONG, 1, struct.pack(self.order + "I", self.written_at_the_end(other)))

    def written_at_the_end(self, tags: Directory) -> int:
        """Write a directory behind its values; where it begins."""
        written = pack_directory(tags, self.order, self.stored)
        start = self.aligned()
        self.file.write(written + bytes(4))
        return start

    def describe(self, description: Description) -> None:
        """Add what is said about the picture to the only page of a file that is written already."""
        with mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            self.order = byte_order(data)
            own = read_directory(data, self.order, first_directory_offset(data))
        self.known = {tag.value: tag.place for tag in own.values() if tag.place}
        tags = own | description.main
        if description.iptc:
            tags[IPTC_TAG] = Tag(UNDEFINED, len(description.iptc), description.iptc)
        self.file.seek(0, 2)
        for place, other in ((EXIF_TAG, description.exif), (GPS_TAG, description.gps)):
            if other:
                self.point(tags, place, other)
        self.append(tags)

    def stored(self, value: bytes) -> int:
        """Write a value, unless it is there already; where it begins."""
        if value in self.known:
            return self.known[value]
        start = self.aligned()
        self.file.write(value)
        return start

    def aligned(self) -> int:
        """The next even position, where everything in a TIFF begins."""
        self.file.write(bytes(self.file.tell() % 2))
        if self.file.tell() > MAX_OFFSET:
            raise Unreadable("The pages together are larger than 4 GB, which a TIFF cannot hold")
        return self.file.tell()


def read_numbers(tag: Tag, order: str) -> tuple[int, ...]:
    """A list of whole numbers, short or long."""
    return struct.unpack(f"{order}{tag.count}{'H' if tag.type == SHORT else 'I'}", tag.value)
