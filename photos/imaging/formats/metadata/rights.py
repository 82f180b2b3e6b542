"""Rights metadata: creator, copyright notice and caption, read from EXIF, XMP or IPTC, and written back.

The three are brought into agreement as the Metadata Working Group asks (Guidelines 2.0, chapter 5): EXIF and XMP are
always written, IPTC where the file has it already.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import pyvips
from anyascii import anyascii

from photos.imaging.formats.metadata import iptc, vips_fields, xmp

RIGHTS_FIELDS = {
    "copyright": (vips_fields.COPYRIGHT_LINE, xmp.COPYRIGHT, iptc.COPYRIGHT),
    "artist": (vips_fields.ARTIST, xmp.ARTIST, iptc.ARTIST),
    "caption": (vips_fields.CAPTION, xmp.CAPTION, iptc.CAPTION),
}


@dataclass(frozen=True)
class RightsMetadata:
    """Texts, which may have template fields such as {year}; an empty text leaves the file's own alone."""

    copyright: str = ""
    artist: str = ""
    caption: str = ""

    def __bool__(self) -> bool:
        return bool(self.copyright or self.artist or self.caption)

    @classmethod
    def from_picture(cls, image: pyvips.Image) -> Self:
        """Copyright and artist of a picture, each only where EXIF does not hold the same text."""
        texts = {name: read_text(image, name) for name in ("copyright", "artist")}
        return cls(
            **{
                name: text
                for name, text in texts.items()
                if text != vips_fields.exif_text(image, RIGHTS_FIELDS[name][0])
            }
        )

    def merge(self, later: "RightsMetadata") -> "RightsMetadata":
        """These texts, replaced by those of `later` that are not empty."""
        return RightsMetadata(
            later.copyright or self.copyright, later.artist or self.artist, later.caption or self.caption
        )

    def without_caption(self) -> Self:
        return replace(self, caption="")

    def fill_templates(self, image: pyvips.Image, fill: Callable[[str, pyvips.Image], str]) -> "RightsMetadata":
        """Fill in template fields; `fill(text, image)` knows all but {artist}: the artist here, else the picture's."""
        if not self:
            return self
        artist = self.artist or read_text(image, "artist")
        copyright, caption = (fill(text.replace("{artist}", artist), image) for text in (self.copyright, self.caption))
        return RightsMetadata(copyright, self.artist, caption)

    def write_to(self, image: pyvips.Image) -> pyvips.Image:
        """The picture with these texts in EXIF, XMP and, where it has the block, IPTC."""
        texts = {name: getattr(self, name) for name in RIGHTS_FIELDS if getattr(self, name)}
        image = image.copy()
        for name, text in texts.items():
            # EXIF knows ASCII alone (2.32, section 4.6.2); libvips would write question marks.
            image.set_type(
                pyvips.GValue.gstr_type, RIGHTS_FIELDS[name][0], vips_fields.escape_exif_text(anyascii(text))
            )
        packet = xmp.update_texts(
            read_block(image, vips_fields.XMP), {RIGHTS_FIELDS[name][1]: text for name, text in texts.items()}
        )
        image.set_type(pyvips.GValue.blob_type, vips_fields.XMP, packet)
        if vips_fields.has(image, vips_fields.IPTC):
            block = iptc.update_texts(
                read_block(image, vips_fields.IPTC), {RIGHTS_FIELDS[name][2]: text for name, text in texts.items()}
            )
            image.set_type(pyvips.GValue.blob_type, vips_fields.IPTC, block)
        return image


NO_RIGHTS_METADATA = RightsMetadata()


def read_text(image: pyvips.Image, name: str) -> str:
    """The text called copyright, artist or caption; empty without one.

    EXIF is read first, then XMP, then IPTC. XMP or IPTC win where their text is the same with letters that EXIF cannot
    hold.
    """
    field, place, number = RIGHTS_FIELDS[name]
    texts = [
        vips_fields.exif_text(image, field),
        single_line(xmp.read_text(read_block(image, vips_fields.XMP), place)),
        single_line(iptc.read_text(read_block(image, vips_fields.IPTC), number)),
    ]
    first = next(filter(None, texts), "")
    return next((text for text in texts if text != first and anyascii(text) == first), first)


def single_line(text: str) -> str:
    """The text in one line, unprintable characters as blanks."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def read_block(image: pyvips.Image, name: str) -> bytes:
    """The bytes of a field; empty without the field."""
    return bytes(image.get(name)) if vips_fields.has(image, name) else b""
