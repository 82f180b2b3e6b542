"""Directories of tags, as in TIFF and EXIF (TIFF 6.0, section 2; EXIF 2.32, section 4.6)."""

import mmap
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

type Bytes = bytes | mmap.mmap

ASCII, SHORT, LONG, UNDEFINED = 2, 3, 4, 7
TYPE_BYTES = {1: 1, 2: 1, SHORT: 2, LONG: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
NUMBER_BYTES = TYPE_BYTES | {5: 4, 10: 4}  # a rational is two
MAX_TAGS = 4096
MAX_VALUE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Tag:
    """One entry of a directory, with its value as the bytes in the file."""

    type: int
    count: int
    value: bytes
    place: int = field(default=0, compare=False)  # offset of the value in its file; 0: inside the entry

    def number(self, order: str) -> int:
        """The first number of a short or long value."""
        size = min(TYPE_BYTES[self.type], 4)
        return int.from_bytes(self.value[:size], "little" if order == "<" else "big")


type Directory = dict[int, Tag]


def byte_order(data: Bytes) -> str:
    """The byte order of a TIFF as a prefix for `struct`: "<" or ">"."""
    return "<" if data[:2] == b"II" else ">"


def is_classic_tiff(data: Bytes) -> bool:
    """Whether the data are a TIFF with offsets of 32 bits."""
    return data[:4] in (b"II*\0", b"MM\0*")


def first_directory_offset(data: Bytes) -> int:
    """The offset of the first directory. Raises `struct.error`."""
    return int(struct.unpack_from(byte_order(data) + "I", data, 4)[0])


def read_directory(data: Bytes, order: str, start: int) -> Directory:
    """The tags of the directory at `start`, as far as they lie in the data. Raises `struct.error`."""
    count = struct.unpack_from(order + "H", data, start)[0]
    tags = {}
    # Counts and offsets may be forged: the entries read, and the size of a value, have limits.
    for at in range(start + 2, min(start + 2 + 12 * min(count, MAX_TAGS), len(data) - 11), 12):
        number, type, length = struct.unpack_from(order + "HHI", data, at)
        size = TYPE_BYTES.get(type, 0) * length
        where = at + 8 if size <= 4 else struct.unpack_from(order + "I", data, at + 8)[0]
        if 0 < size < MAX_VALUE_BYTES and where + size <= len(data):
            tags[number] = Tag(type, length, data[where : where + size], where if size > 4 else 0)
    return tags


def follow_tags(data: Bytes, *numbers: int) -> bytes:
    """The value of the last of these tags; each tag before it holds the offset of the next directory. Empty without."""
    try:
        order, place = byte_order(data), first_directory_offset(data)
        for number in numbers[:-1]:
            place = read_directory(data, order, place)[number].number(order)
        return read_directory(data, order, place)[numbers[-1]].value
    except (struct.error, KeyError):
        return b""


def next_link_offset(data: Bytes, order: str, start: int) -> int:
    """The position of the link to the next directory. Raises `struct.error`."""
    return int(start + 2 + 12 * struct.unpack_from(order + "H", data, start)[0])


def to_little_endian(tag: Tag, order: str) -> Tag:
    """The tag with its numbers in little-endian order."""
    size = NUMBER_BYTES[tag.type]
    if order == "<" or size == 1:
        return tag
    numbers = (tag.value[at : at + size][::-1] for at in range(0, len(tag.value), size))
    return Tag(tag.type, tag.count, b"".join(numbers))


def pack_directory(tags: Directory, order: str, store_value: Callable[[bytes], int]) -> bytes:
    """The bytes of a directory without the link at its end. `stored` writes a value and returns its offset."""
    parts = [struct.pack(order + "H", len(tags))]
    for number, tag in sorted(tags.items()):
        small = len(tag.value) <= 4
        value = tag.value.ljust(4, b"\0") if small else struct.pack(order + "I", store_value(tag.value))
        parts.append(struct.pack(order + "HHI", number, tag.type, tag.count) + value)
    return b"".join(parts)
