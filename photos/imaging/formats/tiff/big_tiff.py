"""Reads page sizes of a BigTIFF from its directories: libvips walks through all of them for each page.

Counts and offsets have 64 bits there (LibTIFF, "The BigTIFF File Format").
"""

import mmap
import struct
from contextlib import suppress
from pathlib import Path

from photos.imaging.formats.metadata.ifd import LONG, MAX_TAGS, SHORT, Bytes, byte_order

BIG_TIFF_SIGNATURES = b"II+\0", b"MM\0+"
WIDTH_TAG, HEIGHT_TAG = 256, 257
SIZE_LAYOUTS = {SHORT: "H", LONG: "I", 16: "Q"}  # struct codes of the types that a size may have


def read_page_sizes(path: Path, most: int) -> list[tuple[int, int]]:
    """Width and height of at most `most` pages, up to a break in the chain; none for another sort of TIFF."""
    sizes: dict[int, tuple[int, int]] = {}
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:4] not in BIG_TIFF_SIGNATURES:
            return []
        order = byte_order(data)
        with suppress(struct.error, OverflowError):
            place = read_long(data, order, 8)
            while place and place not in sizes and len(sizes) < most:
                count = read_long(data, order, place)
                entries = range(place + 8, place + 8 + 20 * min(count, MAX_TAGS), 20)
                sizes[place] = read_side(data, order, entries, WIDTH_TAG), read_side(data, order, entries, HEIGHT_TAG)
                place = read_long(data, order, place + 8 + 20 * count)
    return list(sizes.values())


def read_long(data: Bytes, order: str, place: int) -> int:
    """A number of 64 bits. Raises `struct.error`."""
    return int(struct.unpack_from(order + "Q", data, place)[0])


def read_side(data: Bytes, order: str, entries: range, side_tag: int) -> int:
    """The largest value of a tag in a directory; 0 without one. Raises `struct.error`."""
    largest = 0
    for at in entries:
        tag, type = struct.unpack_from(order + "HH", data, at)
        if tag == side_tag and type in SIZE_LAYOUTS:
            largest = max(largest, struct.unpack_from(order + SIZE_LAYOUTS[type], data, at + 12)[0])
    return largest
