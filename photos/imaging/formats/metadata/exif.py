"""EXIF where libvips neither reads nor writes it: in TIFF and camera raw files. EXIF is a small TIFF of its own."""

import mmap
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pyvips

from photos.imaging.formats.metadata import vips_fields
from photos.imaging.formats.metadata.ifd import (
    LONG,
    Bytes,
    Directory,
    Tag,
    byte_order,
    first_directory_offset,
    follow_tags,
    pack_directory,
    read_directory,
    to_little_endian,
)

EXIF_SIGNATURE = b"Exif\0\0"
TIFF_HEADER = b"II*\0\x08\0\0\0"
ORIENTATION_TAG = 274
IPTC_TAG = 33723
EXIF_TAG, GPS_TAG = 34665, 34853  # hold the offsets of the other two directories
MAKER_NOTE_TAG, INTEROPERABILITY_TAG = 37500, 40965  # hold offsets that are lost when they move
INDEX_TAG = 1  # in the interoperability directory: the colour space of the picture
DNG_VERSION_TAG = 50706  # the embedded picture of a DNG need not be in the file's colour space
SIZE_TAGS = (40962, 40963)  # width and height, for JPEG alone
# Tags of the first directory that describe the picture: title, make, model, orientation, software, date, artist,
# computer, rating, copyright, and what Windows adds. The others describe the storage of the pixels.
DESCRIPTIVE_TAGS = {270, 271, 272, 274, 305, 306, 315, 316, 18246, 18249, 33432, *range(40091, 40096)}
CR3_BOXES = ((b"CMT1", "main"), (b"CMT2", "exif"), (b"CMT4", "gps"))
CR3_HEADER_BYTES = 1_000_000  # the start of a CR3, in which its boxes lie
MAX_BLOCK_BYTES = 65_000  # bytes that fit into one segment of a JPEG


@dataclass
class Description:
    """The descriptive tags of a file: three directories, little-endian, and the IPTC block."""

    main: Directory = field(default_factory=dict)
    exif: Directory = field(default_factory=dict)
    gps: Directory = field(default_factory=dict)
    iptc: bytes = b""
    index: str = ""  # of interoperability

    @property
    def has_content(self) -> bool:
        return bool(self.main or self.exif or self.gps or self.iptc)

    def block(self) -> bytes:
        """The description as an EXIF block; empty without tags, and where it does not fit into a JPEG segment."""
        if not (self.main or self.exif or self.gps):
            return b""
        block = bytearray(TIFF_HEADER)
        places = {}
        for number, tags in ((EXIF_TAG, self.exif), (GPS_TAG, self.gps)):
            if tags:
                places[number] = Tag(LONG, 1, struct.pack("<I", append_directory(block, tags)))
        struct.pack_into("<I", block, 4, append_directory(block, self.main | places))
        return EXIF_SIGNATURE + bytes(block) if len(block) < MAX_BLOCK_BYTES else b""


def append_directory(block: bytearray, tags: Directory) -> int:
    """Append a directory behind its values to a block; the offset of the directory."""

    def store_value(value: bytes) -> int:
        block.extend(value + bytes(len(value) % 2))
        return len(block) - len(value) - len(value) % 2

    directory = pack_directory(tags, "<", store_value)
    block.extend(directory + bytes(4))
    return len(block) - len(directory) - 4


def read_description(path: Path, place: int | None = None) -> Description:
    """The description in a TIFF or a raw file; empty where nothing can be read.

    `place`: the offset of a page's directory in a TIFF; None for the first page.
    """
    if path.stat().st_size == 0:
        return Description()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return parse_cr3(data[:CR3_HEADER_BYTES]) if data[4:8] == b"ftyp" else parse_description(data, place)


def parse_description(data: Bytes, place: int | None = None) -> Description:
    """Read the directory at `place`, or the first one, and its EXIF and GPS directories."""
    description, order = Description(), byte_order(data)
    with suppress(struct.error):
        tags = read_directory(data, order, first_directory_offset(data) if place is None else place)
        description.main = {
            number: to_little_endian(tag, order) for number, tag in tags.items() if number in DESCRIPTIVE_TAGS
        }
        description.iptc = tags[IPTC_TAG].value if IPTC_TAG in tags else b""
        for number, name in ((EXIF_TAG, "exif"), (GPS_TAG, "gps")):
            if number in tags:
                setattr(description, name, read_subdirectory(data, order, tags[number].number(order)))
        if EXIF_TAG in tags and DNG_VERSION_TAG not in tags:
            description.index = decode_ascii(follow_tags(data, EXIF_TAG, INTEROPERABILITY_TAG, INDEX_TAG))
    return description


def decode_ascii(value: bytes) -> str:
    return value.rstrip(b"\0").decode("ascii", errors="replace")


def read_subdirectory(data: Bytes, order: str, start: int) -> Directory:
    """The directory at `start` without tags that hold offsets; empty when it cannot be read."""
    with suppress(struct.error):
        tags = read_directory(data, order, start)
        return {
            n: to_little_endian(tag, order)
            for n, tag in tags.items()
            if n not in (MAKER_NOTE_TAG, INTEROPERABILITY_TAG)
        }
    return {}


def parse_cr3(start: bytes) -> Description:
    """Read a Canon CR3, which has a small TIFF for each directory."""
    description = Description()
    for name, place in CR3_BOXES:
        at = start.find(name) + 4
        tiff = start[at : at - 8 + int.from_bytes(start[at - 8 : at - 4])] if at > 8 else b""
        with suppress(struct.error):
            setattr(description, place, read_subdirectory(tiff, byte_order(tiff), first_directory_offset(tiff)))
            description.index = description.index or decode_ascii(follow_tags(tiff, INTEROPERABILITY_TAG, INDEX_TAG))
    return description


def describe_image(image: pyvips.Image) -> Description:
    """The description in the fields of a picture."""
    if not any(name.startswith("exif-ifd") for name in vips_fields.field_names(image)):
        return Description()
    # libvips turns fields into EXIF only when it writes a JPEG: the smallest will do.
    jpeg = vips_fields.copy_fields(image, pyvips.Image.black(1, 1)).jpegsave_buffer(keep="exif")
    start = jpeg.find(EXIF_SIGNATURE)
    description = parse_description(jpeg[start + len(EXIF_SIGNATURE) :]) if start > 0 else Description()
    description.exif = {number: tag for number, tag in description.exif.items() if number not in SIZE_TAGS}
    return description


def attach_description(image: pyvips.Image, path: Path, place: int | None = None) -> pyvips.Image:
    """Attach the description in a file to its picture. For raw files it replaces that of the embedded picture.

    `place`: as for `read_description`.
    """
    return apply_description(image, read_description(path, place))


def apply_description(image: pyvips.Image, description: Description) -> pyvips.Image:
    """Attach a description as far as it has content."""
    if description.iptc:
        # Where IPTC is stored as 32-bit numbers, libvips takes their count for bytes and reads a quarter.
        image = image.copy()
        image.set_type(pyvips.GValue.blob_type, vips_fields.IPTC, description.iptc)
    return (
        replace_exif(image, description)
        if description.main.keys() - {ORIENTATION_TAG} or description.exif or description.gps
        else image
    )


def replace_exif(image: pyvips.Image, description: Description) -> pyvips.Image:
    """Replace all EXIF of the picture by this description."""
    image = vips_fields.remove_fields(
        image, [name for name in vips_fields.field_names(image) if name.startswith("exif-")]
    )
    block = description.block()
    if block:
        image.set_type(pyvips.GValue.blob_type, vips_fields.EXIF, block)
    return image
