"""A colour profile for the numbers of Adobe RGB (1998), made here under a name of its own.

Primaries, white and curve are those of Adobe RGB (1998) Color Image Encoding, version 2005-05; the profile is one of
three colours with a matrix and curves (ICC.1:2001-04, version 2 profiles: header, tag table and tag types).
"""

import struct
from functools import cache

import pyvips

from photos.imaging.formats.metadata import vips_fields

NAME = b"Compatible with Adobe RGB (1998)"
RIGHTS = b"No copyright, use freely"
# Red, green and blue in CIE XYZ, adapted from their white to D50 by Bradford's matrix (ICC.1:2022, annex E).
COLUMNS = {
    b"rXYZ": (0.60974, 0.31111, 0.01947),
    b"gXYZ": (0.20528, 0.62567, 0.06087),
    b"bXYZ": (0.14919, 0.06322, 0.74457),
}
WHITE = (0.9505, 1.0, 1.0891)  # D65
D50 = (0.9642, 1.0, 0.8249)  # the white of all profiles' own space
EXPONENT = 563  # of 256: 2.19921875
MADE_IN = (2026, 1, 1, 0, 0, 0)
HEADER = 128
# How cameras say that a picture is in these colours, without a profile (DCF 2.0, "optional colour space").
INDEX, ADOBE_RGB = "exif-ifd4-InteroperabilityIndex", "R03"
COLOUR_SPACE, SRGB = "exif-ifd2-ColorSpace", "1 "


def attached(image: pyvips.Image, index: str = "") -> pyvips.Image:
    """The picture with the profile where its camera says in EXIF alone that it needs one.

    `index`: what the file around the picture says of its interoperability.
    """
    told = vips_fields.exif_text(image, INDEX) or index
    if told != ADOBE_RGB or image.bands != 3 or vips_fields.has(image, vips_fields.PROFILE):
        return image
    if vips_fields.text(image, COLOUR_SPACE).startswith(SRGB):
        return image
    image = vips_fields.removed(image, [INDEX])  # from now on the profile says it, also once it is another
    image.set_type(pyvips.GValue.blob_type, vips_fields.PROFILE, profile())
    return image


@cache
def profile() -> bytes:
    """The profile."""
    curve = struct.pack(">4sIIHH", b"curv", 0, 1, EXPONENT, 0)
    tags = {b"desc": described(NAME), b"cprt": b"text\0\0\0\0" + RIGHTS + b"\0", b"wtpt": colour(*WHITE)}
    tags |= {name: colour(*column) for name, column in COLUMNS.items()}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, content, start = b"", b"", HEADER + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += struct.pack(">4sII", name, start + len(content), len(data))
        content += data + bytes(-len(data) % 4)
    return header(start + len(content)) + struct.pack(">I", len(tags)) + table + content


def header(size: int) -> bytes:
    """The header: a display's profile of version 2.1 from RGB to XYZ."""
    kind = struct.pack(">I4sI4s4s4s6H4s", size, b"", 0x02100000, b"mntr", b"RGB ", b"XYZ ", *MADE_IN, b"acsp")
    return kind + struct.pack(">4sI4s4sQI3i", b"", 0, b"", b"", 0, 0, *map(fixed, D50)) + bytes(48)


def colour(*numbers: float) -> bytes:
    """A colour in XYZ as a tag's data."""
    return struct.pack(">4sI3i", b"XYZ ", 0, *map(fixed, numbers))


def described(name: bytes) -> bytes:
    """A name as a tag's data: in ASCII, and nothing in the two other ways."""
    return struct.pack(">4sII", b"desc", 0, len(name) + 1) + name + b"\0" + bytes(8 + 3 + 67)


def fixed(number: float) -> int:
    """A number with 16 bits behind the point."""
    return round(number * 65536)
