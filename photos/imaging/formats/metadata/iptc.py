"""IPTC: numbered texts, in JPEG inside the resources of Photoshop (IPTC-IIM 4.2)."""

import struct
from collections.abc import Iterator
from contextlib import suppress

PHOTOSHOP_SIGNATURE = b"Photoshop 3.0\0"
RESOURCE_SIGNATURE = b"8BIM"
IIM_RESOURCE = 0x0404  # the resource that holds the texts
# Resources that show the picture, or repeat its profile, EXIF and XMP, as these were when Photoshop wrote them.
COPY_RESOURCES = {1033, 1036, 1039, 1058, 1059, 1060}
TAG_MARKER = 0x1C
MAX_DATASET_BYTES = 0x7FFF  # longer datasets have another form
COPYRIGHT, ARTIST, CAPTION = (2, 116), (2, 80), (2, 120)
MAX_TEXT_BYTES = {COPYRIGHT: 128, ARTIST: 32, CAPTION: 2000}
CHARACTER_SET = (1, 90)
UTF_8 = b"\x1b%G"

type DataSet = tuple[int, int]


class Malformed(Exception):
    """The block is no valid IPTC or Photoshop block."""


def update_texts(block: bytes, texts: dict[DataSet, str]) -> bytes:
    """The block with these texts in place of its own; a block that cannot be read is unchanged."""
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
    """All texts of a dataset, joined by commas; empty for a block that cannot be read."""
    try:
        datasets = list(walk_datasets(to_tiff_block(block)))
    except (Malformed, struct.error):
        return ""
    return ", ".join(decode_text(value) for dataset, value in datasets if dataset == number)


def decode_text(value: bytes) -> str:
    """Decode UTF-8, which many write without declaring it, or else Latin-1."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def remove_copies(block: bytes) -> bytes:
    """The block without small copies of the picture and of other metadata; of a broken one, the part before the break.

    Returns an empty block if no resource remains.
    """
    if not block.startswith(PHOTOSHOP_SIGNATURE):
        return block
    remaining = []
    with suppress(Malformed, struct.error):
        for (name, number), data in walk_resources(block[len(PHOTOSHOP_SIGNATURE) :]):
            if number not in COPY_RESOURCES:
                remaining.append(pack_resource(name, number, data))
    return PHOTOSHOP_SIGNATURE + b"".join(remaining) if remaining else b""


def to_jpeg_block(block: bytes) -> bytes:
    """The block as in a JPEG: inside a resource of Photoshop."""
    return (
        block
        if block.startswith(PHOTOSHOP_SIGNATURE)
        else PHOTOSHOP_SIGNATURE + pack_resource(b"", IIM_RESOURCE, block)
    )


def to_tiff_block(block: bytes) -> bytes:
    """The block as in a TIFF: the texts alone; empty when there are none."""
    if not block.startswith(PHOTOSHOP_SIGNATURE):
        return block
    try:
        return next(
            (data for kind, data in walk_resources(block[len(PHOTOSHOP_SIGNATURE) :]) if kind[1] == IIM_RESOURCE), b""
        )
    except (Malformed, struct.error):
        return b""


def replace_texts(data: bytes, texts: dict[DataSet, str]) -> bytes:
    """Replace datasets by these texts."""
    old = list(walk_datasets(data))
    unicode = dict(old).get(CHARACTER_SET) == UTF_8
    new = [(number, encode_text(text, MAX_TEXT_BYTES[number], unicode)) for number, text in texts.items()]
    remaining = [(number, value) for number, value in old if number not in texts]
    datasets = [*remaining, *new]
    return b"".join(struct.pack(">BBBH", TAG_MARKER, *number, len(value)) + value for number, value in datasets)


def encode_text(text: str, most: int, unicode: bool) -> bytes:
    """Encode at most `most` bytes of a text, without splitting a character."""
    coded = text.encode("utf-8" if unicode else "latin-1", errors="replace")[:most]
    return coded.decode("utf-8", errors="ignore").encode() if unicode else coded


def walk_datasets(data: bytes) -> Iterator[tuple[DataSet, bytes]]:
    """Yield number and value of each dataset. Raises `Malformed`."""
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
    """Yield (name, number) and content of each Photoshop resource. Raises `Malformed`."""
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
    """A Photoshop resource as bytes."""
    head = RESOURCE_SIGNATURE + struct.pack(">HB", number, len(name)) + name
    return pad_to_even(pad_to_even(head) + struct.pack(">I", len(content)) + content)


def pad_to_even(data: bytes) -> bytes:
    return data + bytes(len(data) % 2)


def next_even(at: int) -> int:
    return at + at % 2
