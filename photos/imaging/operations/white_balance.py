"""White balance: the colour of the light estimated and removed, and warmer or cooler colours."""

import numpy as np
import pyvips
from pydantic import Field

from photos.imaging.formats.colour import convert
from photos.imaging.formats.colour.luminance import luminance_weights
from photos.imaging.operations.pixels.tones import Curve, Curves, Tones, sample_tones, to_linear, to_tones
from photos.imaging.operations.schema.base import Operation, Step
from photos.imaging.operations.schema.options import OptionSet

# Shades of grey: the light's colour is a mean of the picture in which bright parts count more (G. Finlayson and
# E. Trezzi, "Shades of Gray and Colour Constancy", 2004, who found 6 to be the best exponent).
NORM_EXPONENT = 6
BURNT_TONE = 0.98  # tones from here on say nothing about the light
MAX_TEMPERATURE_STOPS = 0.5  # stops that red and blue move for a temperature of 100
MAX_TINT_STOPS = 0.5  # stops that green moves for a tint of 100
MIN_LIGHT = 1e-4


class WhiteBalance(Operation):
    """Take the colour of the light out of the picture."""

    name = "white-balance"
    label = "White balance"
    help = "Removes a colour cast, or makes pictures warmer or cooler; brightness stays."
    keeps_positions = True

    class Options(OptionSet):
        auto: bool = Field(True, description="Find the colour of the light in each picture.")
        strength: float = Field(80, ge=0, le=100, description="Percent of the cast that is removed.")
        temperature: float = Field(0, ge=-100, le=100, description="Less than 0 is cooler, more is warmer.")
        tint: float = Field(0, ge=-100, le=100, description="Less than 0 is greener, more is more magenta.")

    def needs_all_pixels(self, options: Options) -> bool:
        return options.auto

    def resolve(self, page: pyvips.Image, options: Options) -> Step:
        if convert.is_grey(page):
            return Step(Curves([]), options)
        gains = requested_gains(options)
        if options.auto:
            gains = gains * neutral_gains(sample_tones(page)) ** (options.strength / 100)
        gains = gains / (gains @ np.array(luminance_weights(page)))
        return Step(Curves([gain_curve(gain) for gain in gains]), options)

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        return self.resolve(page, options).operation.apply(page, options)


def requested_gains(options: WhiteBalance.Options) -> Tones:
    """Factors of red, green and blue for temperature and tint."""
    warm, tint = MAX_TEMPERATURE_STOPS * options.temperature / 100, MAX_TINT_STOPS * options.tint / 100
    return 2.0 ** np.array([warm, -tint, -warm])


def neutral_gains(pixels: Tones) -> Tones:
    """Factors of red, green and blue that make a picture's light white."""
    pixels = to_linear(pixels[pixels.max(axis=1) < BURNT_TONE])
    if not len(pixels):
        return np.ones(3)
    cast = (pixels**NORM_EXPONENT).mean(axis=0) ** (1 / NORM_EXPONENT)
    return 1 / np.maximum(cast, MIN_LIGHT) if cast.min() > MIN_LIGHT else np.ones(3)


def gain_curve(gain: float) -> Curve:
    """The curve that multiplies linear light."""
    return lambda tones: to_tones(to_linear(tones) * gain)
