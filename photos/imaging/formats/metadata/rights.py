"""Who made a picture, who owns it and what it shows, written wherever a file can say so.

EXIF, XMP and IPTC are brought into agreement as the Metadata Working Group asks (Guidelines 2.0, chapter 5): EXIF and
XMP always, IPTC where the file has it already.
"""

from dataclasses import dataclass, replace
from typing import Self

import pyvips
from anyascii import anyascii

from photos.imaging.formats.metadata import iptc, rights_texts, templates, vips_fields, xmp
from photos.imaging.formats.metadata.rights_texts import PLACES, blob


@dataclass(frozen=True)
class Said:
    """Texts that may have templates such as {year}; an empty one leaves alone what the file says."""

    copyright: str = ""
    artist: str = ""
    caption: str = ""

    def __bool__(self) -> bool:
        return bool(self.copyright or self.artist or self.caption)

    @classmethod
    def rights_of(cls, image: pyvips.Image) -> Self:
        """What a picture says about who made and owns it, as far as EXIF alone does not say it as well."""
        found = {name: rights_texts.said(image, name) for name in ("copyright", "artist")}
        return cls(
            **{name: text for name, text in found.items() if text != vips_fields.exif_text(image, PLACES[name][0])}
        )

    def then(self, later: "Said") -> "Said":
        """What is said when something more is said later."""
        return Said(later.copyright or self.copyright, later.artist or self.artist, later.caption or self.caption)

    def rights(self) -> Self:
        """What is said about who made and owns the picture."""
        return replace(self, caption="")

    def filled(self, image: pyvips.Image) -> "Said":
        """With the templates filled in; {artist} is who is named here, else who the file names."""
        if not self:
            return self
        artist = self.artist or templates.artist(image)

        def fill(text: str) -> str:
            return templates.filled(text.replace("{artist}", artist), image)

        return Said(fill(self.copyright), self.artist, fill(self.caption))

    def written(self, image: pyvips.Image) -> pyvips.Image:
        """The picture that says so."""
        wanted = {name: getattr(self, name) for name in PLACES if getattr(self, name)}
        image = image.copy()
        for name, text in wanted.items():
            # EXIF knows ASCII alone (2.32, section 4.6.2); libvips would write question marks.
            image.set_type(pyvips.GValue.gstr_type, PLACES[name][0], vips_fields.as_exif(anyascii(text)))
        packet = xmp.updated(blob(image, vips_fields.XMP), {PLACES[name][1]: text for name, text in wanted.items()})
        image.set_type(pyvips.GValue.blob_type, vips_fields.XMP, packet)
        if vips_fields.has(image, vips_fields.IPTC):
            block = iptc.updated(
                blob(image, vips_fields.IPTC), {PLACES[name][2]: text for name, text in wanted.items()}
            )
            image.set_type(pyvips.GValue.blob_type, vips_fields.IPTC, block)
        return image


NOTHING = Said()
