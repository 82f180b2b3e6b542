"""One page of a TIFF as if it were alone: libvips walks through all the others each time it opens a file."""

import mmap
import struct
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pyvips

from photos.imaging.formats.metadata.ifd import (
    Bytes,
    byte_order,
    first_directory_offset,
    is_classic_tiff,
    next_link_offset,
)

MAX_PAGES = 100_000
PHOTOMETRIC, BLACK_IS_ZERO, MASK = 262, 1, 4  # TIFF 6.0, section 8


class Page(NamedTuple):
    """A page, and where in the file what is said of it begins."""

    source: pyvips.Source
    place: int


def isolate_page(path: Path, number: int, photometric: int | None = None) -> Page | None:
    """The file with page `number`, counted from 0, as its only one; None where this reader does not find the page.

    `photometric`: what its numbers are to be read as.
    """
    found = read_directory_offsets(path, path.stat().st_mtime_ns)
    if number >= len(found):
        return None
    with path.open("rb") as file:
        view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)  # what is written stays between us and libvips
    place, link = found[number]
    view[4:8] = struct.pack(byte_order(view) + "I", place)
    view[link : link + 4] = bytes(4)
    set_photometric(view, place, photometric)
    return Page(pyvips.Source.new_from_memory(view), place)


def directory_offset(path: Path, number: int) -> int | None:
    """Where the directory of page `number` begins; None where this reader does not find it."""
    found = read_directory_offsets(path, path.stat().st_mtime_ns)
    return found[number][0] if number < len(found) else None


def count_pages(path: Path) -> int:
    """How many pages there are."""
    return len(read_directory_offsets(path, path.stat().st_mtime_ns))


def set_photometric(view: mmap.mmap, place: int, photometric: int | None) -> None:
    """Have a page's numbers read as these; those of the mask of another page, which libvips does not know, as grey."""
    short = byte_order(view) + "H"
    for at in range(place + 2, min(next_link_offset(view, byte_order(view), place), len(view) - 11), 12):
        number, value = (struct.unpack_from(short, view, at + offset)[0] for offset in (0, 8))
        if number == PHOTOMETRIC and (photometric is not None or value == MASK):
            struct.pack_into(short, view, at + 8, BLACK_IS_ZERO if photometric is None else photometric)


@lru_cache(maxsize=2)
def read_directory_offsets(path: Path, changed_at: int) -> list[tuple[int, int]]:
    """Where each page's directory begins, and where its link to the next one stands; none for a BigTIFF."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return walk_directories(data) if is_classic_tiff(data) else []


def walk_directories(data: Bytes) -> list[tuple[int, int]]:
    """The same from the file's bytes; a chain that is broken or runs in a circle ends there."""
    order = byte_order(data)
    found: dict[int, int] = {}
    with suppress(struct.error):
        place = first_directory_offset(data)
        while place and place not in found and len(found) < MAX_PAGES:
            link = next_link_offset(data, order, place)
            found[place] = link
            place = struct.unpack_from(order + "I", data, link)[0]
    return list(found.items())
