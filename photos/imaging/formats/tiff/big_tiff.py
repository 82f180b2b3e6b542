"""How large the pages of a BigTIFF are, from its directories: libvips walks through all of them for each page.

Counts and offsets have 64 bits there (LibTIFF, "The BigTIFF File Format").
"""

import mmap
import struct
from contextlib import suppress
from pathlib import Path

from photos.imaging.formats.metadata.ifd import LONG, MOST_TAGS, SHORT, Bytes, order_of

BEGINNINGS = b"II+\0", b"MM\0+"
WIDTH, HEIGHT = 256, 257
LETTERS = {SHORT: "H", LONG: "I", 16: "Q"}  # of the types that a size may have


def sizes(path: Path, most: int) -> list[tuple[int, int]]:
    """Width and height of so many pages, as far as the chain of directories holds; none for another sort of TIFF."""
    found: dict[int, tuple[int, int]] = {}
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:4] not in BEGINNINGS:
            return []
        order = order_of(data)
        with suppress(struct.error, OverflowError):
            place = long_at(data, order, 8)
            while place and place not in found and len(found) < most:
                count = long_at(data, order, place)
                entries = range(place + 8, place + 8 + 20 * min(count, MOST_TAGS), 20)
                found[place] = side(data, order, entries, WIDTH), side(data, order, entries, HEIGHT)
                place = long_at(data, order, place + 8 + 20 * count)
    return list(found.values())


def long_at(data: Bytes, order: str, place: int) -> int:
    """A number of 64 bits. Raises struct.error."""
    return int(struct.unpack_from(order + "Q", data, place)[0])


def side(data: Bytes, order: str, entries: range, wanted: int) -> int:
    """The largest that a directory says of a side; 0 where it says nothing. Raises struct.error."""
    largest = 0
    for at in entries:
        tag, type = struct.unpack_from(order + "HH", data, at)
        if tag == wanted and type in LETTERS:
            largest = max(largest, struct.unpack_from(order + LETTERS[type], data, at + 12)[0])
    return largest
