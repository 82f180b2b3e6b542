from dataclasses import replace
from typing import Literal

from pydantic import Field

from photos.imaging.formats import Said, Saving
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import OptionSet, Several


class StripMetadata(Operation):
    """Leave out what the file says beside the picture: place, date, camera, and the rest."""

    name = "strip-metadata"
    label = "Strip metadata"
    help = (
        "Removes place, date, camera and all other metadata, or the coordinates of the place alone: city and country in"
        " words stay. The manifest and the catalogue then tell neither place nor camera, or no place. Colours stay as"
        " they look; an upright JPEG is not encoded anew."
    )
    changes_pixels = False

    class Options(OptionSet):
        only: Literal["everything", "gps"] = Field(
            "everything", description="What to remove: everything, or gps: coordinates."
        )
        keep: Several[Literal["copyright", "orientation", "profile"]] = Field(
            (), description="What to keep: copyright and artist, the orientation tag, the colour profile."
        )

        def check(self) -> None:
            if self.only != "everything" and self.keep:
                raise ValueError("keep goes with removing everything: only gps leaves all the rest as it is")

    def saving(self, saving: Saving, options: Options) -> Saving:
        if options.only == "gps":
            return replace(saving, placeless=True)
        kept = frozenset(options.keep)
        keep = kept if saving.keep is None else kept & saving.keep
        # What was set before this step goes with the rest; what is set after it stays.
        return replace(saving, keep=keep, said=saving.said.rights() if "copyright" in kept else Said())
