"""IPTC, the oldest of a file's metadata: numbered texts, in JPEG inside the resources of Photoshop (IPTC-IIM 4.2)."""

import struct
from collections.abc import Iterator
from contextlib import suppress

PHOTOSHOP = b"Photoshop 3.0\0"
RESOURCE = b"8BIM"
IIM = 0x0404  # the resource that holds the texts
# Resources that show the picture, or repeat its profile, EXIF and XMP, as these were when Photoshop wrote them.
COPIES = {1033, 1036, 1039, 1058, 1059, 1060}
TAG = 0x1C
LONGEST = 0x7FFF  # bytes of a text; a longer one would need another form
COPYRIGHT, ARTIST, CAPTION = (2, 116), (2, 80), (2, 120)
MOST_BYTES = {COPYRIGHT: 128, ARTIST: 32, CAPTION: 2000}
CODING = (1, 90)
UTF_8 = b"\x1b%G"

type Number = tuple[int, int]


class Malformed(Exception):
    """The block is not what it should be."""


def updated(block: bytes, texts: dict[Number, str]) -> bytes:
    """The block with these texts in place of what it said there; unchanged when it cannot be read."""
    try:
        if not block.startswith(PHOTOSHOP):
            return with_texts(block, texts)
        parts = [
            (kind, with_texts(data, texts) if kind[1] == IIM else data)
            for kind, data in resources(block[len(PHOTOSHOP) :])
        ]
    except (Malformed, struct.error):
        return block
    return PHOTOSHOP + b"".join(resource(name, number, data) for (name, number), data in parts)


def text(block: bytes, number: Number) -> str:
    """What the block says there, all of its texts of that number; nothing where it cannot be read."""
    try:
        told = list(numbered(for_tiff(block)))
    except (Malformed, struct.error):
        return ""
    return ", ".join(decoded(value) for found, value in told if found == number)


def decoded(value: bytes) -> str:
    """A text in UTF-8, which many write without saying so, or else in the letters of its time."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def without_copies(block: bytes) -> bytes:
    """The block without small copies of the picture and of its other metadata; of a broken one, what comes before the
    break. Empty when nothing is left."""
    if not block.startswith(PHOTOSHOP):
        return block
    kept = []
    with suppress(Malformed, struct.error):
        for (name, number), data in resources(block[len(PHOTOSHOP) :]):
            if number not in COPIES:
                kept.append(resource(name, number, data))
    return PHOTOSHOP + b"".join(kept) if kept else b""


def for_jpeg(block: bytes) -> bytes:
    """The block as a JPEG has it: among the resources of Photoshop."""
    return block if block.startswith(PHOTOSHOP) else PHOTOSHOP + resource(b"", IIM, block)


def for_tiff(block: bytes) -> bytes:
    """The block as a TIFF has it: the texts alone; empty when there are none."""
    if not block.startswith(PHOTOSHOP):
        return block
    try:
        return next((data for kind, data in resources(block[len(PHOTOSHOP) :]) if kind[1] == IIM), b"")
    except (Malformed, struct.error):
        return b""


def with_texts(data: bytes, texts: dict[Number, str]) -> bytes:
    """The numbered texts with these in place of the old ones."""
    old = list(numbered(data))
    unicode = dict(old).get(CODING) == UTF_8
    new = [(number, fitting(text, MOST_BYTES[number], unicode)) for number, text in texts.items()]
    kept = [(number, value) for number, value in old if number not in texts]
    return b"".join(struct.pack(">BBBH", TAG, *number, len(value)) + value for number, value in [*kept, *new])


def fitting(text: str, most: int, unicode: bool) -> bytes:
    """As much of a text as there is room for, in the block's own coding."""
    coded = text.encode("utf-8" if unicode else "latin-1", errors="replace")[:most]
    return coded.decode("utf-8", errors="ignore").encode() if unicode else coded


def numbered(data: bytes) -> Iterator[tuple[Number, bytes]]:
    """Each text of a block with its number. Raises Malformed."""
    at = 0
    while at < len(data) and data[at] == TAG:
        record, number, length = struct.unpack_from(">xBBH", data, at)
        value = data[at + 5 : at + 5 + length]
        if length > LONGEST or len(value) < length:
            raise Malformed
        yield (record, number), value
        at += 5 + length
    if data[at:].strip(b"\0"):
        raise Malformed


def resources(data: bytes) -> Iterator[tuple[tuple[bytes, int], bytes]]:
    """Name, number and content of each of Photoshop's resources. Raises Malformed."""
    at = 0
    while at < len(data):
        if data[at : at + 4] != RESOURCE:
            raise Malformed
        number, name_length = struct.unpack_from(">HB", data, at + 4)
        name = data[at + 7 : at + 7 + name_length]
        at = even(at + 7 + name_length)
        (length,) = struct.unpack_from(">I", data, at)
        content = data[at + 4 : at + 4 + length]
        if len(content) < length:
            raise Malformed
        yield (name, number), content
        at = even(at + 4 + length)


def resource(name: bytes, number: int, content: bytes) -> bytes:
    """One of Photoshop's resources."""
    head = RESOURCE + struct.pack(">HB", number, len(name)) + name
    return padded(padded(head) + struct.pack(">I", len(content)) + content)


def padded(data: bytes) -> bytes:
    """The data with an even number of bytes."""
    return data + bytes(len(data) % 2)


def even(at: int) -> int:
    """The next even position."""
    return at + at % 2
