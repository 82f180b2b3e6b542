"""An ICC profile for Adobe RGB (1998), made here under a name of its own.

Primaries, white and curve are those of Adobe RGB (1998) Color Image Encoding, version 2005-05; the profile is a
three-component matrix-based one (ICC.1:2001-04, version 2 profiles: header, tag table and tag types).
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
D65_WHITE = (0.9505, 1.0, 1.0891)
D50_WHITE = (0.9642, 1.0, 0.8249)  # the white of the profile connection space
GAMMA = 563  # in 256ths, u8Fixed8: 2.19921875
CREATION_TIME = (2026, 1, 1, 0, 0, 0)
HEADER_BYTES = 128
# How cameras mark pictures in Adobe RGB, without a profile (DCF 2.0, "optional colour space").
INTEROPERABILITY_FIELD, ADOBE_RGB_INDEX = "exif-ifd4-InteroperabilityIndex", "R03"
COLOUR_SPACE_FIELD, SRGB_VALUE = "exif-ifd2-ColorSpace", "1 "


def attach_profile(image: pyvips.Image, index: str = "") -> pyvips.Image:
    """Attach the profile where EXIF alone says that the picture is in Adobe RGB.

    `index`: the interoperability index of the file around the picture, used where the picture has none.
    """
    index_in_use = vips_fields.exif_text(image, INTEROPERABILITY_FIELD) or index
    if index_in_use != ADOBE_RGB_INDEX or image.bands != 3 or vips_fields.has(image, vips_fields.PROFILE):
        return image
    if vips_fields.text(image, COLOUR_SPACE_FIELD).startswith(SRGB_VALUE):
        return image
    # The profile takes over: a later step may convert it, and then the index would be wrong.
    image = vips_fields.remove_fields(image, [INTEROPERABILITY_FIELD])
    image.set_type(pyvips.GValue.blob_type, vips_fields.PROFILE, build_profile())
    return image


@cache
def build_profile() -> bytes:
    """The ICC profile as bytes."""
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
    """The header of a display profile of version 2.1, from RGB to XYZ."""
    kind = struct.pack(">I4sI4s4s4s6H4s", size, b"", 0x02100000, b"mntr", b"RGB ", b"XYZ ", *CREATION_TIME, b"acsp")
    return kind + struct.pack(">4sI4s4sQI3i", b"", 0, b"", b"", 0, 0, *map(to_fixed_point, D50_WHITE)) + bytes(48)


def pack_xyz(*numbers: float) -> bytes:
    return struct.pack(">4sI3i", b"XYZ ", 0, *map(to_fixed_point, numbers))


def pack_description(name: bytes) -> bytes:
    """The data of a description tag: the name in ASCII; its Unicode and Macintosh forms stay empty."""
    return struct.pack(">4sII", b"desc", 0, len(name) + 1) + name + b"\0" + bytes(8 + 3 + 67)


def to_fixed_point(number: float) -> int:
    """A number as s15Fixed16."""
    return round(number * 65536)
