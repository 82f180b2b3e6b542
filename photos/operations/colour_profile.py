import pyvips

from photos.formats import colour, metadata
from photos.operations.base import Operation
from photos.operations.options import OptionSet, choice

PROFILES = {"srgb": "srgb", "display-p3": "p3"}  # as libvips calls them


class ColourProfile(Operation):
    """Convert the colours to another profile, which the file then carries."""

    name = "colour-profile"
    label = "Colour profile"
    help = "Converts colours: sRGB looks right everywhere, Display P3 keeps strong colours of newer cameras."
    keeps_places = True

    class Options(OptionSet):
        profile = choice("srgb", PROFILES, help="The profile of the output.")

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        if colour.is_grey(page):
            return plain_grey(page)
        name = PROFILES[options.profile]
        depth = 16 if page.format == "ushort" else 8
        try:
            return page.icc_transform(name, embedded=True, input_profile="srgb", depth=depth)
        except pyvips.Error:
            # A profile of garbage: the numbers are taken for sRGB, as they are everywhere else.
            bare = metadata.removed(page, [metadata.PROFILE])
            return bare.icc_transform(name, input_profile="srgb", depth=depth)


def plain_grey(page: pyvips.Image) -> pyvips.Image:
    """A grey page in the greys of both profiles, which are the same; it needs no profile to look right."""
    if not metadata.has(page, metadata.PROFILE):
        return page
    shown = metadata.removed(colour.srgb(page), [metadata.PROFILE])
    return shown.colourspace("grey16" if page.format == "ushort" else "b-w")
