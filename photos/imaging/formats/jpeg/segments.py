"""JPEG as a sequence of segments (ITU-T T.81, annex B)."""

import mmap
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from photos.imaging.formats.metadata.ifd import Bytes

START, END, SCAN = 0xD8, 0xD9, 0xDA
JFIF, EXIF_AND_XMP, PROFILE_AND_PICTURES, PHOTOSHOP, ADOBE = 0xE0, 0xE1, 0xE2, 0xED, 0xEE
COMMENT, MAX_COMMENT_BYTES = 0xFE, 0xFFFF - 2
METADATA_MARKERS = {EXIF_AND_XMP, PHOTOSHOP, COMMENT}
STANDALONE_MARKERS = {0x01, *range(0xD0, 0xD8)}  # have no length, and no meaning outside a scan
FRAME_MARKERS = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # hold the size of the picture (table B.1)
# Frames, Huffman and other tables, restart interval, scans: without these there is no picture.
PIXEL_MARKERS = set(range(0xC0, 0xD0)) - {0xC8} | {0xDB, 0xDD, SCAN, END}
SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # a marker that ends a scan
FILL_BYTES = re.compile(rb"\xff+")  # any number of these may precede a marker
MAX_SEGMENTS = 10_000  # before the pixels, searched for comments


class Malformed(Exception):
    """The file is no valid sequence of segments."""


class Segment(NamedTuple):
    """A marker with its content, a scan with its encoded pixels: start and end in the file."""

    marker: int
    start: int
    end: int

    def starts_with(self, data: Bytes, sign: bytes) -> bool:
        """Whether the content begins with a signature."""
        return bytes(data[self.start + 4 : min(self.end, self.start + 4 + len(sign))]) == sign


def walk_segments(data: Bytes, last: int = END) -> Iterator[Segment]:
    """Yield the segments behind the first two bytes, up to the end of the picture. Raises `Malformed`.

    With `last`, stop before the first segment with that marker.
    """
    if data[:2] != bytes([0xFF, START]):
        raise Malformed
    marker, at = START, 2
    while marker != END:
        fill = FILL_BYTES.match(data, at)
        if fill is None or fill.end() == len(data):
            raise Malformed
        start, marker = fill.end() - 1, data[fill.end()]
        if marker == last != END:
            return
        at = segment_end(data, start, marker)
        if marker not in STANDALONE_MARKERS:
            yield Segment(marker, start, at)


def segment_end(data: Bytes, start: int, marker: int) -> int:
    """The position behind a segment. Raises `Malformed`."""
    if marker in STANDALONE_MARKERS or marker == END:
        return start + 2
    length = int.from_bytes(data[start + 2 : start + 4])
    end = start + 2 + length
    if marker in (0, START) or length < 2 or end > len(data):
        raise Malformed
    if marker != SCAN:
        return end
    after = SCAN_END.search(data, end)
    return after.start() if after else len(data)


def read_comments(path: Path) -> list[bytes]:
    """The comments before the pixels of a JPEG; of a broken one, those before the break."""
    comments: list[bytes] = []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, suppress(Malformed):
        for each in islice(walk_segments(data, last=SCAN), MAX_SEGMENTS):
            if each.marker == COMMENT:
                comments.append(bytes(data[each.start + 4 : each.end]))
    return comments


def pack_comments(comments: Iterable[bytes]) -> bytes:
    """Comments as JPEG segments."""
    return b"".join(bytes([0xFF, COMMENT]) + (len(comment) + 2).to_bytes(2) + comment for comment in comments)


def strip_metadata(data: bytes) -> bytes:
    """The JPEG without EXIF, XMP, IPTC and comments; data that are no valid JPEG are unchanged."""
    parts = [data[:2]]
    with suppress(Malformed):
        for each in walk_segments(data):
            if each.marker == SCAN:
                return b"".join([*parts, data[each.start :]])
            if each.marker not in METADATA_MARKERS:
                parts.append(data[each.start : each.end])
    return data
