"""Sharpen: an unsharp mask on brightness."""

import pyvips
from pydantic import Field

from photos.imaging.formats.colour import convert
from photos.imaging.operations.pixels.local import blur
from photos.imaging.operations.pixels.tones import join_alpha, luma, split_alpha
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import OptionSet

MIN_RADIUS = 0.1
MAX_LEVEL = 255


class Sharpen(Operation):
    """Sharpen with an unsharp mask on brightness alone, so that edges get no colours."""

    name = "sharpen"
    label = "Sharpen"
    help = "Sharpens edges without colouring them (an unsharp mask); best as the last step, after a resize."
    keeps_positions = True

    class Options(OptionSet):
        amount: float = Field(80, ge=0, le=500, description="Percent: how much harder edges become.")
        radius: float = Field(1, ge=MIN_RADIUS, le=50, description="Pixels: how far around an edge.")
        threshold: float = Field(
            2, ge=0, le=MAX_LEVEL, description="Differences up to this, of 255, are left alone, such as noise."
        )

    def scale_options(self, options: Options, factor: float) -> Options:
        radius = min(max(options.radius * factor, MIN_RADIUS), 50)
        return options.model_copy(update={"radius": radius})

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        colours, alpha = split_alpha(page)
        bright = luma(colours)
        edges = bright - blur(bright, alpha, options.radius)
        quiet = options.threshold * convert.WHITE_BY_FORMAT[page.format] / MAX_LEVEL
        if quiet:
            edges = edges - edges.clamp(min=-quiet, max=quiet)
        sharp = (colours + edges * (options.amount / 100)).rint().cast(page.format)
        return join_alpha(sharp.copy(interpretation=page.interpretation), alpha)
