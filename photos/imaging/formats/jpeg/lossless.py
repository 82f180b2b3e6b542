"""Replaces the metadata of a JPEG and copies its encoded pixels unchanged."""

import struct
from collections.abc import Iterator, Sequence
from itertools import takewhile

from photos.imaging.formats.jpeg.segments import (
    ADOBE,
    EXIF_AND_XMP,
    JFIF,
    PHOTOSHOP,
    PIXEL_MARKERS,
    PROFILE_AND_PICTURES,
    Malformed,
    Segment,
    walk_segments,
)
from photos.imaging.formats.metadata.ifd import Bytes, byte_order, first_directory_offset, read_directory

# The segments that are written again from the metadata of the picture in memory: marker and signature.
REPLACED_SEGMENTS = (
    (EXIF_AND_XMP, b"Exif\0"),
    (EXIF_AND_XMP, b"http://ns.adobe.com/xap/1.0/\0"),
    (PHOTOSHOP, b"Photoshop 3.0\0"),
    (PROFILE_AND_PICTURES, b"ICC_PROFILE\0"),
)
LEADING_MARKERS = {JFIF}  # JFIF has to be the first segment
# Lengths with marker: density (JFIF 1.02, without its thumbnail), colours (T.872, section 6.5.3).
JFIF_SIGNATURE, JFIF_LENGTH = b"JFIF\0", 18
ADOBE_SIGNATURE, ADOBE_LENGTH = b"Adobe", 16
MPF_SIGNATURE = b"MPF\0"  # the index of the other pictures in the file (CIPA DC-007, section 5)
MP_ENTRIES_TAG, MP_ENTRY_LAYOUT = 0xB002, "IIIHH"  # attributes, size, offset, two dependent entries


def metadata_segments(jpeg: bytes) -> Iterator[bytes]:
    """Yield the segments of a JPEG that hold metadata."""
    for each in walk_segments(jpeg):
        if each.marker not in PIXEL_MARKERS | {JFIF, ADOBE}:
            yield jpeg[each.start : each.end]


def replace_all_metadata(data: Bytes, metadata: bytes) -> Iterator[bytes]:
    """Yield the picture with no metadata but `metadata`, which is complete segments. Raises `Malformed`."""
    parts = list(walk_segments(data))
    yield data[:2]
    jfif = next((each for each in parts if is_complete(data, each, JFIF, JFIF_SIGNATURE, JFIF_LENGTH)), None)
    if jfif is not None:
        yield truncate_segment(data, jfif, JFIF_LENGTH)[:-2] + b"\0\0"  # a thumbnail of 0 x 0 pixels
    yield metadata
    for each in parts:
        if is_complete(data, each, ADOBE, ADOBE_SIGNATURE, ADOBE_LENGTH):
            yield truncate_segment(data, each, ADOBE_LENGTH)
        elif each.marker in PIXEL_MARKERS:
            yield data[each.start : each.end]


def replace_metadata(
    data: Bytes, metadata: bytes, replaced: Sequence[tuple[int, bytes]] = REPLACED_SEGMENTS
) -> Iterator[bytes]:
    """Yield the file with `metadata` in place of the segments that `replaced` names, and the rest as it is.

    `metadata` is complete segments. Raises `Malformed`.
    """
    parts = list(walk_segments(data))
    remaining = [each for each in parts if not is_replaced(data, each, replaced)]
    growth = len(metadata) + sum(each.end - each.start for each in remaining) - (parts[-1].end - 2)
    yield data[:2]
    first = LEADING_MARKERS if replaced else LEADING_MARKERS | {EXIF_AND_XMP}
    leading = len(list(takewhile(lambda each: each.marker in first, remaining)))
    yield from (data[each.start : each.end] for each in remaining[:leading])
    yield metadata
    for number, each in enumerate(remaining[leading:], start=leading):
        if each.marker == PROFILE_AND_PICTURES and each.starts_with(data, MPF_SIGNATURE):
            # MPF offsets count from the index itself: pictures move by what is inserted behind it.
            after = sum(later.end - later.start for later in remaining[number + 1 :])
            yield shift_picture_offsets(data[each.start : each.end], after - (parts[-1].end - each.end), growth)
        else:
            yield data[each.start : each.end]
    yield data[parts[-1].end :]


def is_replaced(data: Bytes, segment: Segment, replaced: Sequence[tuple[int, bytes]]) -> bool:
    return any(segment.marker == marker and segment.starts_with(data, sign) for marker, sign in replaced)


def is_complete(data: Bytes, segment: Segment, marker: int, sign: bytes, length: int) -> bool:
    """Whether a segment has that marker and signature, and at least `length` bytes."""
    return segment.marker == marker and segment.starts_with(data, sign) and segment.end - segment.start >= length


def truncate_segment(data: Bytes, segment: Segment, length: int) -> bytes:
    """The first `length` bytes of a segment, as a segment of its own."""
    start = segment.start
    return bytes(data[start : start + 2] + (length - 2).to_bytes(2) + data[start + 4 : start + length])


def shift_picture_offsets(segment: bytes, shift: int, growth: int) -> bytes:
    """Correct an MPF index whose first picture has grown and whose others have moved. Raises `Malformed`."""
    tiff = segment[4 + len(MPF_SIGNATURE) :]
    order = byte_order(tiff)
    try:
        old = read_directory(tiff, order, first_directory_offset(tiff))[MP_ENTRIES_TAG].value
        entries = [list(entry) for entry in struct.iter_unpack(order + MP_ENTRY_LAYOUT, old)]
        entries[0][1] += growth
        for entry in entries[1:]:
            entry[2] += shift if entry[2] else 0
        new = b"".join(struct.pack(order + MP_ENTRY_LAYOUT, *entry) for entry in entries)
    except (struct.error, KeyError, IndexError) as error:
        raise Malformed from error
    return segment[: 4 + len(MPF_SIGNATURE)] + tiff.replace(old, new, 1)
