"""Reads rights metadata: creator, copyright notice and caption, from EXIF, XMP or IPTC."""

import pyvips
from anyascii import anyascii

from photos.imaging.formats.metadata import iptc, vips_fields, xmp

RIGHTS_FIELDS = {
    "copyright": (vips_fields.COPYRIGHT_LINE, xmp.COPYRIGHT, iptc.COPYRIGHT),
    "artist": (vips_fields.ARTIST, xmp.ARTIST, iptc.ARTIST),
    "caption": (vips_fields.CAPTION, xmp.CAPTION, iptc.CAPTION),
}


def read_text(image: pyvips.Image, name: str) -> str:
    """The text called copyright, artist or caption; empty without one.

    EXIF is read first, then XMP, then IPTC. XMP or IPTC win where their text is the same with letters that EXIF cannot
    hold.
    """
    field, place, number = RIGHTS_FIELDS[name]
    found = [
        vips_fields.exif_text(image, field),
        single_line(xmp.read_text(read_block(image, vips_fields.XMP), place)),
        single_line(iptc.read_text(read_block(image, vips_fields.IPTC), number)),
    ]
    first = next(filter(None, found), "")
    return next((text for text in found if text != first and anyascii(text) == first), first)


def single_line(text: str) -> str:
    """The text in one line, unprintable characters as blanks."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def read_block(image: pyvips.Image, name: str) -> bytes:
    """The bytes of a field; empty without the field."""
    return bytes(image.get(name)) if vips_fields.has(image, name) else b""
