"""Who made a picture, who owns it and what it shows, written wherever a file can say so.

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
    """Texts that may have templates such as {year}; an empty one leaves alone what the file says."""

    copyright: str = ""
    artist: str = ""
    caption: str = ""

    def __bool__(self) -> bool:
        return bool(self.copyright or self.artist or self.caption)

    @classmethod
    def from_picture(cls, image: pyvips.Image) -> Self:
        """What a picture says about who made and owns it, as far as EXIF alone does not say it as well."""
        found = {name: rights_texts.read_text(image, name) for name in ("copyright", "artist")}
        return cls(
            **{
                name: text
                for name, text in found.items()
                if text != vips_fields.exif_text(image, RIGHTS_FIELDS[name][0])
            }
        )

    def merge(self, later: "RightsMetadata") -> "RightsMetadata":
        """What is said when something more is said later."""
        return RightsMetadata(
            later.copyright or self.copyright, later.artist or self.artist, later.caption or self.caption
        )

    def without_caption(self) -> Self:
        """What is said about who made and owns the picture."""
        return replace(self, caption="")

    def fill_templates(self, image: pyvips.Image) -> "RightsMetadata":
        """With the templates filled in; {artist} is who is named here, else who the file names."""
        if not self:
            return self
        artist = self.artist or templates.artist(image)

        def fill(text: str) -> str:
            return templates.filled(text.replace("{artist}", artist), image)

        return RightsMetadata(fill(self.copyright), self.artist, fill(self.caption))

    def write_to(self, image: pyvips.Image) -> pyvips.Image:
        """The picture that says so."""
        wanted = {name: getattr(self, name) for name in RIGHTS_FIELDS if getattr(self, name)}
        image = image.copy()
        for name, text in wanted.items():
            # EXIF knows ASCII alone (2.32, section 4.6.2); libvips would write question marks.
            image.set_type(
                pyvips.GValue.gstr_type, RIGHTS_FIELDS[name][0], vips_fields.escape_exif_text(anyascii(text))
            )
        packet = xmp.update_texts(
            read_block(image, vips_fields.XMP), {RIGHTS_FIELDS[name][1]: text for name, text in wanted.items()}
        )
        image.set_type(pyvips.GValue.blob_type, vips_fields.XMP, packet)
        if vips_fields.has(image, vips_fields.IPTC):
            block = iptc.update_texts(
                read_block(image, vips_fields.IPTC), {RIGHTS_FIELDS[name][2]: text for name, text in wanted.items()}
            )
            image.set_type(pyvips.GValue.blob_type, vips_fields.IPTC, block)
        return image


NO_RIGHTS_METADATA = RightsMetadata()
