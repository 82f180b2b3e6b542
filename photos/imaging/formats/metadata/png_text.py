"""Text chunks of PNG (PNG specification, third edition, 11.3.3), each as the bytes of its kind and content.

libvips would cut their keys at the first blank. ImageMagick and others write metadata that have no chunk of their own
as such a text, in hexadecimal digits behind the length: "Raw profile type iptc".
"""

import mmap
import re
import shutil
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from photos.imaging.formats.metadata.ifd import Bytes
from photos.imaging.formats.metadata.iptc import PHOTOSHOP_SIGNATURE, RESOURCE_SIGNATURE, TAG_MARKER, to_jpeg_block

PLAIN_TEXT, COMPRESSED_TEXT, UNICODE_TEXT = b"tEXt", b"zTXt", b"iTXt"
TEXT_KINDS = {PLAIN_TEXT, COMPRESSED_TEXT, UNICODE_TEXT}
XMP_KEY = b"XML:com.adobe.xmp"  # the one key that libvips knows
SIGNATURE_BYTES, HEADER_BYTES = 8, 8 + 25  # bytes before the first chunk, and before the second one
END_KIND = b"IEND"
MAX_TEXTS = 1000  # texts of one file
MAX_TEXT_BYTES = 16 * 1024 * 1024  # compressed and decompressed; libpng reads half as much
PROFILE_KEY = re.compile(rb"Raw profile type (exif|xmp|iptc|8bim|APP1)", re.IGNORECASE)
# Possessive quantifiers: without them a long row of blanks that cannot match takes quadratic time.
PROFILE_TEXT = re.compile(rb"\s*+\w++\s++(\d++)\s++([0-9a-fA-F\s]*+)")


def read_chunks(path: Path) -> Iterator[bytes]:
    """Yield the text chunks of a PNG, at most `MAX_TEXTS`; of a broken file, those before the break."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield from islice(walk_chunks(data), MAX_TEXTS)


def walk_chunks(data: Bytes) -> Iterator[bytes]:
    at, name = SIGNATURE_BYTES, b""
    while name != END_KIND and at + 12 <= len(data):
        end, name = at + 12 + int.from_bytes(data[at : at + 4]), bytes(data[at + 4 : at + 8])
        if (
            name in TEXT_KINDS
            and end <= min(len(data), at + MAX_TEXT_BYTES)
            and chunk_key(found := bytes(data[at + 4 : end - 4])) != XMP_KEY
        ):
            yield found
        at = end


def chunk_key(chunk: bytes) -> bytes:
    """The key of a text chunk."""
    return chunk[4:].partition(b"\0")[0]


def decode_text(chunk: bytes) -> bytes:
    """Key and text of a chunk, decompressed; the key alone where that fails."""
    name, _, rest = chunk[4:].partition(b"\0")
    is_compressed = chunk.startswith(COMPRESSED_TEXT)
    if chunk.startswith(UNICODE_TEXT):
        is_compressed, rest = rest[:1] == b"\1", b"\0".join(rest[2:].split(b"\0", 2)[2:])
    elif is_compressed:
        rest = rest[1:]
    return name + b"\0" + (inflate(rest) if is_compressed else rest)


def inflate(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MAX_TEXT_BYTES)
    except zlib.error:
        return b""


def is_profile(chunk: bytes) -> bool:
    """Whether a text chunk holds EXIF, XMP or IPTC in ImageMagick's encoding."""
    return PROFILE_KEY.fullmatch(chunk_key(chunk)) is not None


def decode_profile(chunk: bytes) -> bytes:
    """The block in a chunk of ImageMagick, IPTC as in a JPEG; empty where it cannot be read."""
    match = PROFILE_TEXT.fullmatch(decode_text(chunk).partition(b"\0")[2])
    digits = b"".join(match[2].split()) if match else b""
    data = bytes.fromhex(digits.decode("ascii")) if len(digits) % 2 == 0 else b""
    if data.startswith(RESOURCE_SIGNATURE):
        return PHOTOSHOP_SIGNATURE + data
    return to_jpeg_block(data) if data[:1] == bytes([TAG_MARKER]) else data


def profile_chunk(name: bytes, data: bytes) -> bytes:
    """A text chunk that holds a block as ImageMagick writes it."""
    return plain_chunk(
        b"Raw profile type " + name, b"\n%b\n%8d\n%b\n" % (name, len(data), data.hex("\n", -36).encode())
    )


def plain_chunk(name: bytes, text: bytes) -> bytes:
    """A text chunk without compression, for ASCII."""
    return PLAIN_TEXT + name + b"\0" + text


def insert_texts(path: Path, texts: Sequence[bytes]) -> None:
    """Write text chunks into a PNG, before its pixels, atomically: after an error the file is unchanged."""
    if not texts:
        return
    temporary = path.with_name(f"{path.name}.texts")
    try:
        with path.open("rb") as source, temporary.open("wb") as target:
            target.write(source.read(HEADER_BYTES))
            target.writelines(map(pack_chunk, texts))
            shutil.copyfileobj(source, target)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def pack_chunk(chunk: bytes) -> bytes:
    return (len(chunk) - 4).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4)
