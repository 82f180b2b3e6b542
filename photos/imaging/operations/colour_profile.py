"""Colour profile: the colours converted to sRGB, Display P3 or Adobe RGB."""

from typing import Annotated

import pyvips
from pydantic import Field

from photos.imaging.formats.colour import adobe_rgb, convert
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import OneOf, OptionSet

VIPS_PROFILES = {"srgb": "srgb", "display-p3": "p3"}  # as libvips calls them
ADOBE_RGB = "adobe-rgb"


class ColourProfile(Operation):
    """Convert the colours to another profile, which the file then carries."""

    name = "colour-profile"
    label = "Colour profile"
    help = (
        "Converts colours: sRGB looks right everywhere, Display P3 keeps strong colours of newer cameras, Adobe RGB"
        " those of print."
    )
    keeps_positions = True

    class Options(OptionSet):
        profile: Annotated[str, OneOf((*VIPS_PROFILES, ADOBE_RGB))] = Field(
            "srgb", description="The profile of the output."
        )

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        if convert.is_grey(page):
            return to_srgb_grey(page)
        try:
            return convert_profile(page, options.profile)
        except pyvips.Error:
            # A profile of garbage: the numbers are taken for sRGB, as they are everywhere else.
            return convert_profile(vips_fields.remove_fields(page, [vips_fields.PROFILE]), options.profile)


def convert_profile(page: pyvips.Image, name: str) -> pyvips.Image:
    """The page converted to the profile of that name. Raises pyvips.Error for a broken embedded profile."""
    depth = 16 if page.format == "ushort" else 8
    if name in VIPS_PROFILES:
        return page.icc_transform(VIPS_PROFILES[name], embedded=True, input_profile="srgb", depth=depth)
    # libvips takes a profile from a file or from the picture; ours is neither until the picture has it.
    lab = page.icc_import(embedded=True, input_profile="srgb", pcs="lab").copy()
    lab.set_type(pyvips.GValue.blob_type, vips_fields.PROFILE, adobe_rgb.build_profile())
    return lab.icc_export(depth=depth)


def to_srgb_grey(page: pyvips.Image) -> pyvips.Image:
    """A grey page with the tone curve of sRGB, which needs no profile."""
    if not vips_fields.has(page, vips_fields.PROFILE):
        return page
    image = vips_fields.remove_fields(convert.to_srgb(page), [vips_fields.PROFILE])
    return image.colourspace("grey16" if page.format == "ushort" else "b-w")
