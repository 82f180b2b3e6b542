"""Auto levels: the tones spread from black to white."""

import numpy as np
import pyvips
from pydantic import Field

from photos.imaging.operations.pixels.tones import Curves, sample_tones
from photos.imaging.operations.schema.base import Operation, Step
from photos.imaging.operations.schema.options import OptionSet

MIN_TONE_RANGE = 0.05  # a picture of fewer tones, such as a blank page, has nothing to spread


class AutoLevels(Operation):
    """Spread the tones from black to white, all colours alike."""

    name = "auto-levels"
    label = "Auto levels"
    help = "Makes the darkest part black and the brightest white, for flat or dark pictures and grey scans; hues stay."
    keeps_positions = True
    needs_random_access = True

    class Options(OptionSet):
        strength: float = Field(100, ge=0, le=100, description="Strength in percent.")
        clip: float = Field(
            0.1, ge=0, le=20, description="Percent of the pixels at each end that may become all black or white."
        )

    def resolve(self, page: pyvips.Image, options: Options) -> Step:
        black, white = tone_limits(page, options.clip)
        if white - black < MIN_TONE_RANGE:
            return Step(Curves([]), options)
        share = options.strength / 100
        black, white = black * share, 1 - (1 - white) * share
        return Step(Curves([lambda tones: (tones - black) / (white - black)]), options)

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        return self.resolve(page, options).operation.apply(page, options)


def tone_limits(page: pyvips.Image, clip: float) -> tuple[float, float]:
    """The tones between which all but `clip` percent of the pixels lie, over all colours, so that no hue changes."""
    pixels = sample_tones(page)
    if not len(pixels):
        return 0, 0
    return float(np.percentile(pixels.min(axis=1), clip)), float(np.percentile(pixels.max(axis=1), 100 - clip))
