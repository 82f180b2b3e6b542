"""Black and white: through a colour filter, or in the tone of an old print."""

from typing import Annotated

import numpy as np
import pyvips
from pydantic import Field

from photos.imaging.formats.colour import convert
from photos.imaging.formats.colour.luminance import SRGB_WEIGHTS
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.operations.pixels.tones import join_alpha, mix_light, split_alpha, to_linear
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import OneOf, OptionSet

# How much of each colour's light passes a filter before the lens, in black-and-white photography.
FILTER_WEIGHTS = {
    "none": SRGB_WEIGHTS,
    "yellow": (0.40, 0.57, 0.03),
    "orange": (0.62, 0.37, 0.01),
    "red": (0.90, 0.10, 0.00),
    "green": (0.15, 0.80, 0.05),
    "blue": (0.05, 0.20, 0.75),
}
# Where the middle tones of a print lie in CIE L*a*b*, across from grey: a* (green to red) and b* (blue to yellow).
TONE_SHIFTS = {"neutral": (0, 0), "sepia": (6, 18), "selenium": (6, -4), "cyanotype": (-6, -22)}


class Monochrome(Operation):
    """Make the picture black and white, or toned like an old print."""

    name = "monochrome"
    label = "Black and white"
    help = "Makes pictures black and white, as the eye sees brightness or through a filter, or toned like an old print."
    keeps_positions = True

    class Options(OptionSet):
        tone: Annotated[str, OneOf(TONE_SHIFTS)] = Field(
            "neutral", description="Neutral grey, or the tone of a print; light and dark stay as they are."
        )
        filter: Annotated[str, OneOf(FILTER_WEIGHTS)] = Field(
            "none", description="Lightens its own colour: red darkens skies, green lightens leaves."
        )

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        colours, alpha = split_alpha(vips_fields.remove_fields(convert.to_srgb(page), [vips_fields.PROFILE]))
        grey = colours if convert.is_grey(colours) else to_grey(colours, options.filter)
        return join_alpha(grey if options.tone == "neutral" else apply_tone(grey, *TONE_SHIFTS[options.tone]), alpha)


def to_grey(page: pyvips.Image, filter: str) -> pyvips.Image:
    deep = page.format == "ushort"
    page = page if filter == "none" else mix_light(page, [list(FILTER_WEIGHTS[filter])] * 3)
    return page.colourspace("grey16" if deep else "b-w")


def apply_tone(grey: pyvips.Image, across: float, along: float) -> pyvips.Image:
    """A grey page whose middle tones are shifted in CIE L*a*b* by (across, along); lightness stays."""
    white = convert.WHITE_BY_FORMAT[grey.format]
    luminance = to_linear(np.arange(white + 1) / white)
    lightness = np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)
    share = 4 * (lightness / 100) * (1 - lightness / 100)
    lab = np.stack([lightness, across * share, along * share], axis=-1).astype(np.float32)
    space = "srgb" if grey.format == "uchar" else "rgb16"
    table = pyvips.Image.new_from_array(lab[np.newaxis], interpretation="lab").colourspace(space).cast(grey.format)
    return grey.maplut(table).copy(interpretation=space)
