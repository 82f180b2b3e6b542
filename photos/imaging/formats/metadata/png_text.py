"""Texts inside PNG (PNG specification, third edition, 11.3.3), chunk by chunk as they are stored.

libvips would cut their keys at the first blank. ImageMagick and others write what has no chunk of its own as such a
text, in hexadecimal digits behind its length: "Raw profile type iptc".
"""

import mmap
import re
import shutil
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from photos.imaging.formats.metadata.ifd import Bytes
from photos.imaging.formats.metadata.iptc import PHOTOSHOP, RESOURCE, TAG, for_jpeg

PLAIN, PACKED, IN_UNICODE = b"tEXt", b"zTXt", b"iTXt"
KINDS = {PLAIN, PACKED, IN_UNICODE}
XMP = b"XML:com.adobe.xmp"  # the one key that libvips knows
SIGN, BEGINNING = 8, 8 + 25  # bytes before the first chunk, and before the second
END = b"IEND"
MOST = 1000  # texts of one file
LONGEST = 16 * 1024 * 1024  # bytes of a text, packed and unpacked: libpng reads half as much
RAW = re.compile(rb"Raw profile type (exif|xmp|iptc|8bim|APP1)", re.IGNORECASE)
# Possessive: what cannot match is not tried again from every blank of a long row.
HEXADECIMAL = re.compile(rb"\s*+\w++\s++(\d++)\s++([0-9a-fA-F\s]*+)")


def chunks(path: Path) -> Iterator[bytes]:
    """Kind and content of each text of a PNG; of a broken one, of those before the break."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield from islice(walked(data), MOST)


def walked(data: Bytes) -> Iterator[bytes]:
    """The same from its bytes."""
    at, name = SIGN, b""
    while name != END and at + 12 <= len(data):
        end, name = at + 12 + int.from_bytes(data[at : at + 4]), bytes(data[at + 4 : at + 8])
        if name in KINDS and end <= min(len(data), at + LONGEST) and key(found := bytes(data[at + 4 : end - 4])) != XMP:
            yield found
        at = end


def key(chunk: bytes) -> bytes:
    """What a text is called."""
    return chunk[4:].partition(b"\0")[0]


def words(chunk: bytes) -> bytes:
    """A text with its key, unpacked; the key alone where that fails."""
    name, _, rest = chunk[4:].partition(b"\0")
    packed = chunk.startswith(PACKED)
    if chunk.startswith(IN_UNICODE):
        packed, rest = rest[:1] == b"\1", b"\0".join(rest[2:].split(b"\0", 2)[2:])
    elif packed:
        rest = rest[1:]
    return name + b"\0" + (unpacked(rest) if packed else rest)


def unpacked(data: bytes) -> bytes:
    """Deflated bytes as they were; empty where they are broken."""
    try:
        return zlib.decompressobj().decompress(data, LONGEST)
    except zlib.error:
        return b""


def is_profile(chunk: bytes) -> bool:
    """Whether a text stands for EXIF, XMP or IPTC."""
    return RAW.fullmatch(key(chunk)) is not None


def profile(chunk: bytes) -> bytes:
    """What such a text stands for, IPTC as a JPEG has it; empty where it cannot be read."""
    found = HEXADECIMAL.fullmatch(words(chunk).partition(b"\0")[2])
    digits = b"".join(found[2].split()) if found else b""
    data = bytes.fromhex(digits.decode("ascii")) if len(digits) % 2 == 0 else b""
    if data.startswith(RESOURCE):
        return PHOTOSHOP + data
    return for_jpeg(data) if data[:1] == bytes([TAG]) else data


def as_profile(name: bytes, data: bytes) -> bytes:
    """The chunk of a text that holds a profile."""
    return plain(b"Raw profile type " + name, b"\n%b\n%8d\n%b\n" % (name, len(data), data.hex("\n", -36).encode()))


def plain(name: bytes, text: bytes) -> bytes:
    """The chunk of a text in plain letters."""
    return PLAIN + name + b"\0" + text


def insert(path: Path, texts: Sequence[bytes]) -> None:
    """Write texts into a PNG, before its pixels: all of them, or after an error none."""
    if not texts:
        return
    aside = path.with_name(f"{path.name}.texts")
    try:
        with path.open("rb") as source, aside.open("wb") as target:
            target.write(source.read(BEGINNING))
            target.writelines(map(stored, texts))
            shutil.copyfileobj(source, target)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def stored(chunk: bytes) -> bytes:
    """A chunk as it is in the file, between its length and its checksum."""
    return (len(chunk) - 4).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4)
