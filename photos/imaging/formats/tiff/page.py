"""Opens one page of a TIFF alone: libvips would walk through all the others each time."""

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
    """A page as a source for libvips, and the offset of its directory in the file."""

    source: pyvips.Source
    place: int


def isolate_page(path: Path, number: int, photometric: int | None = None) -> Page | None:
    """The file as if page `number`, counted from 0, were its only one; None where the page is not found.

    `photometric`: the TIFF photometric interpretation to read its values in.
    """
    directories = read_directory_offsets(path, path.stat().st_mtime_ns)
    if number >= len(directories):
        return None
    with path.open("rb") as file:
        view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)  # copy on write: changes never reach the file
    place, link = directories[number]
    view[4:8] = struct.pack(byte_order(view) + "I", place)
    view[link : link + 4] = bytes(4)
    set_photometric(view, place, photometric)
    return Page(pyvips.Source.new_from_memory(view), place)


def directory_offset(path: Path, number: int) -> int | None:
    """The offset of the directory of page `number`, counted from 0; None where it is not found."""
    directories = read_directory_offsets(path, path.stat().st_mtime_ns)
    return directories[number][0] if number < len(directories) else None


def count_pages(path: Path) -> int:
    return len(read_directory_offsets(path, path.stat().st_mtime_ns))


def set_photometric(view: mmap.mmap, place: int, photometric: int | None) -> None:
    """Change a page's photometric interpretation; that of a transparency mask, unknown to libvips, to grey."""
    short = byte_order(view) + "H"
    for at in range(place + 2, min(next_link_offset(view, byte_order(view), place), len(view) - 11), 12):
        number, value = (struct.unpack_from(short, view, at + offset)[0] for offset in (0, 8))
        if number == PHOTOMETRIC and (photometric is not None or value == MASK):
            struct.pack_into(short, view, at + 8, BLACK_IS_ZERO if photometric is None else photometric)


@lru_cache(maxsize=2)
def read_directory_offsets(path: Path, changed_at: int) -> list[tuple[int, int]]:
    """For each page the offset of its directory and of the link to the next one; none for a BigTIFF.

    `changed_at` (nanoseconds) is part of the cache's key.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return walk_directories(data) if is_classic_tiff(data) else []


def walk_directories(data: Bytes) -> list[tuple[int, int]]:
    """The offsets from a file's bytes; a chain that is broken or circular ends there."""
    order = byte_order(data)
    links: dict[int, int] = {}
    with suppress(struct.error):
        place = first_directory_offset(data)
        while place and place not in links and len(links) < MAX_PAGES:
            link = next_link_offset(data, order, place)
            links[place] = link
            place = struct.unpack_from(order + "I", data, link)[0]
    return list(links.items())
