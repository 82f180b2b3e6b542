"""IPTC, the oldest of a file's metadata: numbered texts, in JPEG inside the resources of Photoshop (IPTC-IIM 4.2)."""

import struct
from collections.abc import Iterator
from contextlib import suppress

PHOTOSHOP_SIGNATURE = b"Photoshop 3.0\0"
RESOURCE_SIGNATURE = b"8BIM"
IIM_RESOURCE = 0x0404  # the resource that holds the texts
# Resources that show the picture, or repeat its profile, EXIF and XMP, as these were when Photoshop wrote them.
COPY_RESOURCES = {1033, 1036, 1039, 1058, 1059, 1060}
TAG_MARKER = 0x1C
MAX_DATASET_BYTES = 0x7FFF  # bytes of a text; a longer one would need another form
COPYRIGHT, ARTIST, CAPTION = (2, 116), (2, 80), (2, 120)
MAX_TEXT_BYTES = {COPYRIGHT: 128, ARTIST: 32, CAPTION: 2000}
CHARACTER_SET = (1, 90)
UTF_8 = b"\x1b%G"

type DataSet = tuple[int, int]


class Malformed(Exception):
    """The block is not what it should be."""


def update_texts(block: bytes, texts: dict[DataSet, str]) -> bytes:
    """The block with these texts in place of what it said there; unchanged when it cannot be read."""
    try:
        if not block.startswith(PHOTOSHOP_SIGNATURE):
            return replace_texts(block, texts)
        parts = [
            (kind, replace_texts(data, texts) if kind[1] == IIM_RESOURCE else data)
            for kind, data in walk_resources(block[len(PHOTOSHOP_SIGNATURE) :])
        ]
    except (Malformed, struct.error):
        return block
    return PHOTOSHOP_SIGNATURE + b"".join(pack_resource(name, number, data) for (name, number), data in parts)


def read_text(block: bytes, number: DataSet) -> str:
    """What the block says there, all of its texts of that number; nothing where it cannot be read."""
    try:
        told = list(walk_datasets(to_tiff_block(block)))
    except (Malformed, struct.error):
        return ""
    return ", ".join(decode_text(value) for found, value in told if found == number)


def decode_text(value: bytes) -> str:
    """A text in UTF-8, which many write without saying so, or else in the letters of its time."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def remove_copies(block: bytes) -> bytes:
    """The block without small copies of the picture and of its other metadata; of a broken one, what comes before the
    break. Empty when nothing is left."""
    if not block.startswith(PHOTOSHOP_SIGNATURE):
        return block
    kept = []
    with suppress(Malformed, struct.error):
        for (name, number), data in walk_resources(block[len(PHOTOSHOP_SIGNATURE) :]):
            if number not in COPY_RESOURCES:
                kept.append(pack_resource(name, number, data))
    return PHOTOSHOP_SIGNATURE + b"".join(kept) if kept else b""


def to_jpeg_block(block: bytes) -> bytes:
    """The block as a JPEG has it: among the resources of Photoshop."""
    return (
        block
        if block.startswith(PHOTOSHOP_SIGNATURE)
        else PHOTOSHOP_SIGNATURE + pack_resource(b"", IIM_RESOURCE, block)
    )


def to_tiff_block(block: bytes) -> bytes:
    """The block as a TIFF has it: the texts alone; empty when there are none."""
    if not block.startswith(PHOTOSHOP_SIGNATURE):
        return block
    try:
        return next(
            (data for kind, data in walk_resources(block[len(PHOTOSHOP_SIGNATURE) :]) if kind[1] == IIM_RESOURCE), b""
        )
    except (Malformed, struct.error):
        return b""


def replace_texts(data: bytes, texts: dict[DataSet, str]) -> bytes:
    """The numbered texts with these in place of the old ones."""
    old = list(walk_datasets(data))
    unicode = dict(old).get(CHARACTER_SET) == UTF_8
    new = [(number, encode_text(text, MAX_TEXT_BYTES[number], unicode)) for number, text in texts.items()]
    kept = [(number, value) for number, value in old if number not in texts]
    return b"".join(struct.pack(">BBBH", TAG_MARKER, *number, len(value)) + value for number, value in [*kept, *new])


def encode_text(text: str, most: int, unicode: bool) -> bytes:
    """As much of a text as there is room for, in the block's own coding."""
    coded = text.encode("utf-8" if unicode else "latin-1", errors="replace")[:most]
    return coded.decode("utf-8", errors="ignore").encode() if unicode else coded


def walk_datasets(data: bytes) -> Iterator[tuple[DataSet, bytes]]:
    """Each text of a block with its number. Raises Malformed."""
    at = 0
    while at < len(data) and data[at] == TAG_MARKER:
        record, number, length = struct.unpack_from(">xBBH", data, at)
        value = data[at + 5 : at + 5 + length]
        if length > MAX_DATASET_BYTES or len(value) < length:
            raise Malformed
        yield (record, number), value
        at += 5 + length
    if data[at:].strip(b"\0"):
        raise Malformed


def walk_resources(data: bytes) -> Iterator[tuple[tuple[bytes, int], bytes]]:
    """Name, number and content of each of Photoshop's resources. Raises Malformed."""
    at = 0
    while at < len(data):
        if data[at : at + 4] != RESOURCE_SIGNATURE:
            raise Malformed
        number, name_length = struct.unpack_from(">HB", data, at + 4)
        name = data[at + 7 : at + 7 + name_length]
        at = next_even(at + 7 + name_length)
        (length,) = struct.unpack_from(">I", data, at)
        content = data[at + 4 : at + 4 + length]
        if len(content) < length:
            raise Malformed
        yield (name, number), content
        at = next_even(at + 4 + length)


def pack_resource(name: bytes, number: int, content: bytes) -> bytes:
    """One of Photoshop's resources."""
    head = RESOURCE_SIGNATURE + struct.pack(">HB", number, len(name)) + name
    return pad_to_even(pad_to_even(head) + struct.pack(">I", len(content)) + content)


def pad_to_even(data: bytes) -> bytes:
    """The data with an even number of bytes."""
    return data + bytes(len(data) % 2)


def next_even(at: int) -> int:
    """The next even position."""
    return at + at % 2
