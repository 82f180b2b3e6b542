"""GIF as a sequence of blocks (GIF89a specification, sections 15 to 27)."""

import mmap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from photos.imaging.formats.metadata.ifd import Bytes

EXTENSION, PICTURE, END = 0x21, 0x2C, 0x3B
COMMENT = 0xFE
HEADER_BYTES, DESCRIPTOR_BYTES = 13, 10  # of the file's header, and of an image descriptor
TABLE_FLAG, TABLE_SIZE_MASK = 0x80, 7  # in the packed byte that announces a colour table
MAX_SUB_BLOCKS = 1_000_000  # a GIF of 255 MB has so many


def read_comments(path: Path) -> list[bytes]:
    """The comments of a GIF; of a broken one, those before the break."""
    comments: list[bytes] = []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, suppress(IndexError):
        comments.extend(walk_comments(data))
    return comments


def walk_comments(data: Bytes) -> Iterator[bytes]:
    """Yield the comments. Raises `IndexError` where the data end early."""
    at, left = HEADER_BYTES + colour_table_bytes(data[10]), MAX_SUB_BLOCKS
    while left and data[at] in (EXTENSION, PICTURE):
        is_comment = (data[at], data[at + 1]) == (EXTENSION, COMMENT)
        at += 2 if data[at] == EXTENSION else DESCRIPTOR_BYTES + colour_table_bytes(data[at + 9]) + 1
        start = at
        while left and data[at]:
            at, left = at + 1 + data[at], left - 1
        at += 1
        if is_comment:
            yield join_sub_blocks(data[start:at])


def colour_table_bytes(flags: int) -> int:
    """The size of a colour table, from the packed byte that announces it; 0 for none."""
    return 3 << (flags & TABLE_SIZE_MASK) + 1 if flags & TABLE_FLAG else 0


def join_sub_blocks(pieces: bytes) -> bytes:
    found, at = [], 0
    while at < len(pieces) and pieces[at]:
        found.append(pieces[at + 1 : at + 1 + pieces[at]])
        at += 1 + pieces[at]
    return b"".join(found)


def add_comments(path: Path, comments: list[bytes]) -> None:
    """Append comments to a complete GIF."""
    with path.open("r+b") as file:
        file.seek(-1, 2)
        for comment in comments:
            file.write(bytes([EXTENSION, COMMENT]))
            for at in range(0, len(comment), 255):
                piece = comment[at : at + 255]
                file.write(bytes([len(piece)]) + piece)
            file.write(b"\0")
        file.write(bytes([END]))
