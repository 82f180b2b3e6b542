from dataclasses import replace

import pyvips

from photos.formats import Said, Saving
from photos.operations import options as option
from photos.operations.base import Operation
from photos.operations.options import OptionSet, OptionWrong


class SetMetadata(Operation):
    """Say in the file who made the picture, who owns it and what it shows."""

    name = "set-metadata"
    label = "Set copyright and artist"
    help = "Writes copyright, artist or caption into files, as EXIF and XMP; a GIF has no place for them."
    changes_pixels = False

    class Options(OptionSet):
        copyright = option.template(longest=500, help="Such as © {year} Ana Müller.")
        artist = option.text(longest=200, help="Who made the picture.")
        caption = option.template(longest=2000, help="What it shows.")

        def check(self) -> None:
            if not self.given():
                raise OptionWrong("give copyright, artist or caption")

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        """The page with its artist, for the steps that follow; all else is written in the end."""
        return Said(artist=options.artist).written(page) if options.artist else page

    def saving(self, saving: Saving, options: Options) -> Saving:
        said = Said(options.copyright or "", options.artist or "", options.caption or "")
        return replace(saving, said=saving.said.then(said))
