"""Who made a picture, who owns it and what it shows, read from whichever part of its metadata says so."""

import pyvips
from anyascii import anyascii

from photos.imaging.formats.metadata import iptc, vips_fields, xmp

RIGHTS_FIELDS = {
    "copyright": (vips_fields.COPYRIGHT_LINE, xmp.COPYRIGHT, iptc.COPYRIGHT),
    "artist": (vips_fields.ARTIST, xmp.ARTIST, iptc.ARTIST),
    "caption": (vips_fields.CAPTION, xmp.CAPTION, iptc.CAPTION),
}


def read_text(image: pyvips.Image, name: str) -> str:
    """What the picture says there; nothing where it does not say.

    EXIF is asked first, then XMP, then IPTC. One of those two is believed where it says the same with letters that
    EXIF cannot hold.
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
    """A text in one line, without what cannot be shown."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def read_block(image: pyvips.Image, name: str) -> bytes:
    """A field of bytes; nothing where there is none."""
    return bytes(image.get(name)) if vips_fields.has(image, name) else b""
