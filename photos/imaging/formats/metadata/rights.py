"""Rights metadata: creator, copyright notice and caption, written to every block that can hold them.

EXIF, XMP and IPTC are brought into agreement as the Metadata Working Group asks (Guidelines 2.0, chapter 5): EXIF and
XMP always, IPTC where the file has it already.
"""

from dataclasses import dataclass, replace
from typing import Self

import pyvips
from anyascii import anyascii

from photos.imaging.formats.metadata import iptc, rights_texts, templates, vips_fields, xmp
from photos.imaging.formats.metadata.rights_texts import RIGHTS_FIELDS, read_block


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
        texts = {name: rights_texts.read_text(image, name) for name in ("copyright", "artist")}
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

    def fill_templates(self, image: pyvips.Image) -> "RightsMetadata":
        """Fill in template fields from the picture; {artist} is the artist given here, else the picture's."""
        if not self:
            return self
        artist = self.artist or templates.picture_artist(image)

        def fill(text: str) -> str:
            return templates.fill_fields(text.replace("{artist}", artist), image)

        return RightsMetadata(fill(self.copyright), self.artist, fill(self.caption))

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
