"""Pages of unlike sizes in one TIFF: libvips writes each page as a file of its own, and this puts them in a row.

A TIFF is a chain of directories; each names a page's tags, and where in the file its pixels are (TIFF 6.0, section 2).
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from photos.formats.errors import DAMAGED, Unreadable

SHORT, LONG = 3, 4
BYTES_OF_A_TYPE = {1: 1, 2: 1, SHORT: 2, LONG: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
STRIP_OFFSETS, TILE_OFFSETS = 273, 324
SUBFILE_TYPE, PAGE_NUMBER = 254, 297
A_PAGE_OF_SEVERAL = 2
LARGEST = 2**32 - 1  # offsets have 32 bits


@dataclass(frozen=True)
class Tag:
    """One entry of a directory with its value as it stands in the file."""

    type: int
    count: int
    value: bytes


class TiffWriter:
    """A TIFF that grows by a page at a time."""

    def __init__(self, file: BinaryIO, pages: int) -> None:
        self.file = file
        self.pages = pages
        self.written = 0
        self.order = ""
        self.link = 4  # where the offset of the next directory is to be written

    def add(self, path: Path) -> None:
        """Append the only page of another TIFF."""
        data = path.read_bytes()
        order = "<" if data[:2] == b"II" else ">"
        if not self.order:
            self.order = order
            self.file.write(data[:4] + bytes(4))
        base = self.aligned()
        self.file.write(data)
        tags = directory(data, order)
        tags |= {tag: moved(tags[tag], base, order) for tag in (STRIP_OFFSETS, TILE_OFFSETS) if tag in tags}
        tags[SUBFILE_TYPE] = Tag(LONG, 1, struct.pack(order + "I", A_PAGE_OF_SEVERAL))
        tags[PAGE_NUMBER] = Tag(SHORT, 2, struct.pack(order + "HH", self.written, self.pages))
        self.append(tags)
        self.written += 1

    def append(self, tags: dict[int, Tag]) -> None:
        """Write a directory at the end of the file and link it to the one before."""
        values = {number: self.stored(tag.value) for number, tag in tags.items()}
        start = self.aligned()
        self.file.write(struct.pack(self.order + "H", len(tags)))
        for number, tag in sorted(tags.items()):
            self.file.write(struct.pack(self.order + "HHI", number, tag.type, tag.count) + values[number])
        end = self.file.tell()
        self.file.write(bytes(4))
        self.file.seek(self.link)
        self.file.write(struct.pack(self.order + "I", start))
        self.file.seek(0, 2)
        self.link = end

    def stored(self, value: bytes) -> bytes:
        """The four bytes of a directory entry: the value itself, or where it has been put."""
        if len(value) <= 4:
            return value.ljust(4, b"\0")
        start = self.aligned()
        self.file.write(value)
        return struct.pack(self.order + "I", start)

    def aligned(self) -> int:
        """The next even position, where everything in a TIFF begins."""
        self.file.write(bytes(self.file.tell() % 2))
        if self.file.tell() > LARGEST:
            raise Unreadable("The pages together are larger than 4 GB, which a TIFF cannot hold")
        return self.file.tell()


def directory(data: bytes, order: str) -> dict[int, Tag]:
    """The tags of the first directory of a classic TIFF that libvips has just written."""
    magic, start = struct.unpack_from(order + "HI", data, 2)
    if magic != 42:
        raise Unreadable(DAMAGED)
    tags = {}
    for at in range(start + 2, start + 2 + 12 * struct.unpack_from(order + "H", data, start)[0], 12):
        number, type, count = struct.unpack_from(order + "HHI", data, at)
        size = BYTES_OF_A_TYPE[type] * count
        where = at + 8 if size <= 4 else struct.unpack_from(order + "I", data, at + 8)[0]
        tags[number] = Tag(type, count, data[where : where + size])
    return tags


def moved(tag: Tag, base: int, order: str) -> Tag:
    """A list of offsets after everything has moved up by `base`; short ones become long."""
    letter = "H" if tag.type == SHORT else "I"
    offsets = struct.unpack(f"{order}{tag.count}{letter}", tag.value)
    return Tag(LONG, tag.count, struct.pack(f"{order}{tag.count}I", *(base + offset for offset in offsets)))
