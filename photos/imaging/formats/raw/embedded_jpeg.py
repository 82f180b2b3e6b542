"""Finds JPEGs inside other files, such as the previews in camera raw files."""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from photos.imaging.formats.jpeg.segments import END, FRAME_MARKERS, SCAN, SCAN_END

JPEG_START = b"\xff\xd8\xff"
VIEWABLE_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended and progressive; sensor data is often lossless JPEG (0xC3)
MAX_CANDIDATES = 2000
VIEWABLE_BITS = b"\x08"


@dataclass(frozen=True)
class EmbeddedJpeg:
    """A JPEG inside a file: its first byte, the position behind its last, and its size in pixels."""

    start: int
    end: int
    width: int
    height: int


def largest_jpeg(path: Path) -> bytes | None:
    """The complete JPEG with the most pixels inside a file; None without one."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        largest = max(find_jpegs(data), key=lambda each: each.width * each.height, default=None)
        return data[largest.start : largest.end] if largest else None


def find_jpegs(data: mmap.mmap | bytes) -> Iterator[EmbeddedJpeg]:
    """Yield the JPEGs that a program can show, but none inside another."""
    at = data.find(JPEG_START)
    for _ in range(MAX_CANDIDATES):
        if at < 0:
            return
        jpeg = parse_jpeg(data, at)
        if jpeg:
            yield jpeg
        at = data.find(JPEG_START, jpeg.end if jpeg else at + 1)


def parse_jpeg(data: mmap.mmap | bytes, start: int) -> EmbeddedJpeg | None:
    """The JPEG at `start`, if it is complete and has 8 bits a channel."""
    at, size = start + 2, (0, 0)
    while at + 2 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker == END:
            return EmbeddedJpeg(start, at + 2, *size) if all(size) else None
        if marker in FRAME_MARKERS:
            if marker not in VIEWABLE_FRAMES or data[at + 4 : at + 5] != VIEWABLE_BITS:
                return None
            size = (int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7]))
        at += 2 + length
        if marker == SCAN:
            after = SCAN_END.search(data, at)
            if after is None:
                return None
            at = after.start()
    return None
