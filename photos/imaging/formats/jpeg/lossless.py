"""A JPEG written with other words beside its pixels, which stay as they are coded: nothing is decoded or lost."""

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

# How the segments begin that a picture in memory can say itself, and that are therefore written anew.
REPLACED_SEGMENTS = (
    (EXIF_AND_XMP, b"Exif\0"),
    (EXIF_AND_XMP, b"http://ns.adobe.com/xap/1.0/\0"),
    (PHOTOSHOP, b"Photoshop 3.0\0"),
    (PROFILE_AND_PICTURES, b"ICC_PROFILE\0"),
)
LEADING_MARKERS = {JFIF}  # has to stand before all others
# Markers and lengths included: density (JFIF 1.02, its own small picture left out), colours (T.872, section 6.5.3).
JFIF_SIGNATURE, JFIF_LENGTH = b"JFIF\0", 18
ADOBE_SIGNATURE, ADOBE_LENGTH = b"Adobe", 16
MPF_SIGNATURE = b"MPF\0"  # where in the file its other pictures are (CIPA DC-007, section 5)
MP_ENTRIES_TAG, MP_ENTRY_LAYOUT = 0xB002, "IIIHH"  # what it is, size, offset, two others that it needs


def metadata_segments(jpeg: bytes) -> Iterator[bytes]:
    """The segments with which a JPEG says something."""
    for each in walk_segments(jpeg):
        if each.marker not in PIXEL_MARKERS | {JFIF, ADOBE}:
            yield jpeg[each.start : each.end]


def replace_all_metadata(data: Bytes, words: bytes) -> Iterator[bytes]:
    """The picture with nothing beside it but these words. Raises Malformed."""
    found = list(walk_segments(data))
    yield data[:2]
    jfif = next((each for each in found if is_complete(data, each, JFIF, JFIF_SIGNATURE, JFIF_LENGTH)), None)
    if jfif is not None:
        yield truncate_segment(data, jfif, JFIF_LENGTH)[:-2] + b"\0\0"  # its own small picture has no pixels
    yield words
    for each in found:
        if is_complete(data, each, ADOBE, ADOBE_SIGNATURE, ADOBE_LENGTH):
            yield truncate_segment(data, each, ADOBE_LENGTH)
        elif each.marker in PIXEL_MARKERS:
            yield data[each.start : each.end]


def replace_metadata(
    data: Bytes, words: bytes, anew: Sequence[tuple[int, bytes]] = REPLACED_SEGMENTS
) -> Iterator[bytes]:
    """The file with all that it holds, but with these words in place of what is written anew. Raises Malformed."""
    found = list(walk_segments(data))
    kept = [each for each in found if not is_replaced(data, each, anew)]
    grown = len(words) + sum(each.end - each.start for each in kept) - (found[-1].end - 2)
    yield data[:2]
    first = LEADING_MARKERS if anew else LEADING_MARKERS | {EXIF_AND_XMP}
    leading = len(list(takewhile(lambda each: each.marker in first, kept)))
    yield from (data[each.start : each.end] for each in kept[:leading])
    yield words
    for number, each in enumerate(kept[leading:], start=leading):
        if each.marker == PROFILE_AND_PICTURES and each.starts_with(data, MPF_SIGNATURE):
            after = sum(later.end - later.start for later in kept[number + 1 :])
            yield shift_picture_offsets(data[each.start : each.end], after - (found[-1].end - each.end), grown)
        else:
            yield data[each.start : each.end]
    yield data[found[-1].end :]


def is_replaced(data: Bytes, segment: Segment, anew: Sequence[tuple[int, bytes]]) -> bool:
    """Whether the segment is written anew."""
    return any(segment.marker == marker and segment.starts_with(data, sign) for marker, sign in anew)


def is_complete(data: Bytes, segment: Segment, marker: int, sign: bytes, length: int) -> bool:
    """Whether it is a segment of that sort with at least so many bytes."""
    return segment.marker == marker and segment.starts_with(data, sign) and segment.end - segment.start >= length


def truncate_segment(data: Bytes, segment: Segment, length: int) -> bytes:
    """The first `length` bytes of a segment, as a segment of its own."""
    start = segment.start
    return bytes(data[start : start + 2] + (length - 2).to_bytes(2) + data[start + 4 : start + length])


def shift_picture_offsets(segment: bytes, moved: int, grown: int) -> bytes:
    """The list of the file's pictures, of which the first has grown and the others have moved. Raises Malformed."""
    tiff = segment[4 + len(MPF_SIGNATURE) :]
    order = byte_order(tiff)
    try:
        old = read_directory(tiff, order, first_directory_offset(tiff))[MP_ENTRIES_TAG].value
        entries = [list(entry) for entry in struct.iter_unpack(order + MP_ENTRY_LAYOUT, old)]
        entries[0][1] += grown
        for entry in entries[1:]:
            entry[2] += moved if entry[2] else 0
        new = b"".join(struct.pack(order + MP_ENTRY_LAYOUT, *entry) for entry in entries)
    except (struct.error, KeyError, IndexError) as error:
        raise Malformed from error
    return segment[: 4 + len(MPF_SIGNATURE)] + tiff.replace(old, new, 1)
