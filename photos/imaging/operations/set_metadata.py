"""Set copyright and artist: rights metadata of the output."""

from dataclasses import replace
from typing import Annotated

import pyvips
from pydantic import Field

from photos.imaging.formats import RightsMetadata, Saving
from photos.imaging.formats.metadata.templates import TEXT_FIELDS_HELP
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import Line, Omittable, OptionSet, WithFields


class SetMetadata(Operation):
    """Say in the file who made the picture, who owns it and what it shows."""

    name = "set-metadata"
    label = "Set copyright and artist"
    help = "Writes copyright, artist or caption into files, as EXIF and XMP; a GIF has no place for them."
    changes_pixels = False

    class Options(OptionSet):
        copyright: Annotated[Omittable[str], Line(500), WithFields] = Field(
            None, description=f"Such as © {{year}} Ana Müller. {TEXT_FIELDS_HELP}"
        )
        artist: Annotated[Omittable[str], Line(200)] = Field(None, description="Who made the picture.")
        caption: Annotated[Omittable[str], Line(2000), WithFields] = Field(
            None, description=f"What it shows. {TEXT_FIELDS_HELP}"
        )

        def check(self) -> None:
            if not self.model_fields_set:
                raise ValueError("give copyright, artist or caption")

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        """The page with its artist, for watermarks of later steps; the rest is written when the page is saved."""
        return RightsMetadata(artist=options.artist).write_to(page) if options.artist else page

    def saving(self, saving: Saving, options: Options) -> Saving:
        rights = RightsMetadata(options.copyright or "", options.artist or "", options.caption or "")
        return replace(saving, rights=saving.rights.merge(rights))
