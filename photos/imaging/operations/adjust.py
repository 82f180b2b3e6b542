"""Adjust: brightness, contrast, saturation and gamma."""

import numpy as np
import pyvips
from pydantic import Field

from photos.imaging.formats.colour import convert
from photos.imaging.formats.colour.luminance import luminance_weights
from photos.imaging.operations.pixels.tones import Tones, apply_curves, join_alpha, mix_light, split_alpha
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import OptionSet

MAX_GAIN = 3  # how many times as bright a brightness of 100 makes the dark tones
MAX_SLOPE = 10  # of the S-shaped curve for a contrast of 100


class Adjust(Operation):
    """Make the picture brighter or darker, more or less contrasty and colourful."""

    name = "adjust"
    label = "Adjust"
    help = "Brightness, contrast, saturation and gamma; black stays black and white stays white."
    keeps_positions = True

    class Options(OptionSet):
        brightness: float = Field(0, ge=-100, le=100, description="Less than 0 is darker, more is brighter.")
        contrast: float = Field(0, ge=-100, le=100, description="Less than 0 is flatter, more is harder.")
        saturation: float = Field(0, ge=-100, le=100, description="-100 leaves no colour, 100 doubles it.")
        gamma: float = Field(1, ge=0.2, le=5, description="More than 1 brings out the shadows, less deepens them.")

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        if options.brightness or options.contrast or options.gamma != 1:
            page = apply_curves(page, [lambda tones: adjust_tones(tones, options)])
        return apply_saturation(page, 1 + options.saturation / 100) if options.saturation else page


def adjust_tones(tones: Tones, options: Adjust.Options) -> Tones:
    """The tones, 0 to 1, after brightness, contrast and gamma."""
    gain = MAX_GAIN ** (options.brightness / 100)
    tones = tones * gain / (1 + tones * (gain - 1))
    return apply_contrast(tones, options.contrast) ** (1 / options.gamma)


def apply_contrast(tones: Tones, contrast: float) -> Tones:
    """The tones further from the middle, along an S curve that never clips, or nearer to it."""
    if contrast <= 0:
        return 0.5 + (tones - 0.5) * (1 + contrast / 100)
    slope = MAX_SLOPE * contrast / 100
    return 0.5 + np.tanh(slope * (tones - 0.5) / 2) / np.tanh(slope / 4) / 2


def apply_saturation(page: pyvips.Image, factor: float) -> pyvips.Image:
    """The page with its colours `factor` times as far from grey of the same luminance.

    Towards grey linear light is mixed, so that strong colours keep their brightness; away from grey stored tones are,
    because in linear light the dark parts of a colour would soon be clipped, and its hue changed.
    """
    if convert.is_grey(page):
        return page
    colours, alpha = split_alpha(page)
    shares = luminance_weights(page)
    matrix = [
        [(1 - factor) * share + factor * (row == column) for column, share in enumerate(shares)] for row in range(3)
    ]
    if factor < 1:
        return join_alpha(mix_light(colours, matrix), alpha)
    return join_alpha(colours.recomb(matrix).rint().cast(page.format).copy(interpretation=page.interpretation), alpha)
