import pyvips
from pydantic import Field

from photos.imaging.formats.colour import convert
from photos.imaging.operations.pixels.local import blurred
from photos.imaging.operations.pixels.tones import apart, brightness, together
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import OptionSet

SMALLEST = 0.1
LEVELS = 255


class Sharpen(Operation):
    """Sharpen with an unsharp mask on brightness alone, so that edges get no colours."""

    name = "sharpen"
    label = "Sharpen"
    help = "Sharpens edges without colouring them (an unsharp mask); best as the last step, after a resize."
    keeps_places = True

    class Options(OptionSet):
        amount: float = Field(80, ge=0, le=500, description="Percent: how much harder edges become.")
        radius: float = Field(1, ge=SMALLEST, le=50, description="Pixels: how far around an edge.")
        threshold: float = Field(
            2, ge=0, le=LEVELS, description="Differences up to this, of 255, are left alone, such as noise."
        )

    def at_scale(self, options: Options, factor: float) -> Options:
        radius = min(max(options.radius * factor, SMALLEST), 50)
        return options.model_copy(update={"radius": radius})

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        colours, alpha = apart(page)
        bright = brightness(colours)
        edges = bright - blurred(bright, alpha, options.radius)
        quiet = options.threshold * convert.WHITE_BY_FORMAT[page.format] / LEVELS
        if quiet:
            edges = edges - edges.clamp(min=-quiet, max=quiet)
        sharp = (colours + edges * (options.amount / 100)).rint().cast(page.format)
        return together(sharp.copy(interpretation=page.interpretation), alpha)
