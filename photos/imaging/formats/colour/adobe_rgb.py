"""A colour profile for the numbers of Adobe RGB (1998), made here under a name of its own.

Primaries, white and curve are those of Adobe RGB (1998) Color Image Encoding, version 2005-05; the profile is one of
three colours with a matrix and curves (ICC.1:2001-04, version 2 profiles: header, tag table and tag types).
"""

import struct
from functools import cache

import pyvips

from photos.imaging.formats.metadata import vips_fields

PROFILE_NAME = b"Compatible with Adobe RGB (1998)"
PROFILE_COPYRIGHT = b"No copyright, use freely"
# Red, green and blue in CIE XYZ, adapted from their white to D50 by Bradford's matrix (ICC.1:2022, annex E).
PRIMARIES = {
    b"rXYZ": (0.60974, 0.31111, 0.01947),
    b"gXYZ": (0.20528, 0.62567, 0.06087),
    b"bXYZ": (0.14919, 0.06322, 0.74457),
}
D65_WHITE = (0.9505, 1.0, 1.0891)  # D65
D50_WHITE = (0.9642, 1.0, 0.8249)  # the white of all profiles' own space
GAMMA = 563  # of 256: 2.19921875
CREATION_TIME = (2026, 1, 1, 0, 0, 0)
HEADER_BYTES = 128
# How cameras say that a picture is in these colours, without a profile (DCF 2.0, "optional colour space").
INTEROPERABILITY_FIELD, ADOBE_RGB_INDEX = "exif-ifd4-InteroperabilityIndex", "R03"
COLOUR_SPACE_FIELD, SRGB_VALUE = "exif-ifd2-ColorSpace", "1 "


def attach_profile(image: pyvips.Image, index: str = "") -> pyvips.Image:
    """The picture with the profile where its camera says in EXIF alone that it needs one.

    `index`: what the file around the picture says of its interoperability.
    """
    told = vips_fields.exif_text(image, INTEROPERABILITY_FIELD) or index
    if told != ADOBE_RGB_INDEX or image.bands != 3 or vips_fields.has(image, vips_fields.PROFILE):
        return image
    if vips_fields.text(image, COLOUR_SPACE_FIELD).startswith(SRGB_VALUE):
        return image
    image = vips_fields.remove_fields(
        image, [INTEROPERABILITY_FIELD]
    )  # from now on the profile says it, also once it is another
    image.set_type(pyvips.GValue.blob_type, vips_fields.PROFILE, build_profile())
    return image


@cache
def build_profile() -> bytes:
    """The profile."""
    curve = struct.pack(">4sIIHH", b"curv", 0, 1, GAMMA, 0)
    tags = {
        b"desc": pack_description(PROFILE_NAME),
        b"cprt": b"text\0\0\0\0" + PROFILE_COPYRIGHT + b"\0",
        b"wtpt": pack_xyz(*D65_WHITE),
    }
    tags |= {name: pack_xyz(*column) for name, column in PRIMARIES.items()}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, content, start = b"", b"", HEADER_BYTES + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += struct.pack(">4sII", name, start + len(content), len(data))
        content += data + bytes(-len(data) % 4)
    return pack_header(start + len(content)) + struct.pack(">I", len(tags)) + table + content


def pack_header(size: int) -> bytes:
    """The header: a display's profile of version 2.1 from RGB to XYZ."""
    kind = struct.pack(">I4sI4s4s4s6H4s", size, b"", 0x02100000, b"mntr", b"RGB ", b"XYZ ", *CREATION_TIME, b"acsp")
    return kind + struct.pack(">4sI4s4sQI3i", b"", 0, b"", b"", 0, 0, *map(to_fixed_point, D50_WHITE)) + bytes(48)


def pack_xyz(*numbers: float) -> bytes:
    """A colour in XYZ as a tag's data."""
    return struct.pack(">4sI3i", b"XYZ ", 0, *map(to_fixed_point, numbers))


def pack_description(name: bytes) -> bytes:
    """A name as a tag's data: in ASCII, and nothing in the two other ways."""
    return struct.pack(">4sII", b"desc", 0, len(name) + 1) + name + b"\0" + bytes(8 + 3 + 67)


def to_fixed_point(number: float) -> int:
    """A number with 16 bits behind the point."""
    return round(number * 65536)
