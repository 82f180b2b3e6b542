"""Strip metadata: all of it, or the place alone."""

from dataclasses import replace
from typing import Literal

from pydantic import Field

from photos.imaging.formats import RightsMetadata, Saving
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import OptionSet, Several


class StripMetadata(Operation):
    """Leave out what the file says beside the picture: place, date, camera, and the rest."""

    name = "strip-metadata"
    label = "Strip metadata"
    help = (
        "Removes all metadata (place, date, camera and the rest), or GPS coordinates only: city and country in words "
        "stay. Manifest and catalogue leave out the same. Colours look as before; upright JPEGs are not re-encoded."
    )
    changes_pixels = False

    class Options(OptionSet):
        only: Literal["everything", "gps"] = Field(
            "everything", description="What to remove: everything, or the GPS coordinates only."
        )
        keep: Several[Literal["copyright", "orientation", "profile"]] = Field(
            (), description="What to keep of everything: copyright and artist, the orientation tag, the colour profile."
        )

        def check(self) -> None:
            if self.only != "everything" and self.keep:
                raise ValueError("keep is possible only with everything: gps leaves all the rest as it is")

    def saving(self, saving: Saving, options: Options) -> Saving:
        if options.only == "gps":
            return replace(saving, without_place=True)
        kept = frozenset(options.keep)
        keep = kept if saving.keep is None else kept & saving.keep
        # What was set before this step goes with the rest; what is set after it stays.
        return replace(
            saving, keep=keep, rights=saving.rights.without_caption() if "copyright" in kept else RightsMetadata()
        )
