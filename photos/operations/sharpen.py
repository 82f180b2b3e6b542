import pyvips

from photos.formats import colour
from photos.operations.base import Operation
from photos.operations.local import blurred
from photos.operations.options import OptionSet, number
from photos.operations.tones import apart, brightness, together

SMALLEST = 0.1
LEVELS = 255


class Sharpen(Operation):
    """Sharpen with an unsharp mask on brightness alone, so that edges get no colours."""

    name = "sharpen"
    label = "Sharpen"
    help = "Sharpens edges without colouring them (an unsharp mask); best as the last step, after a resize."
    keeps_places = True

    class Options(OptionSet):
        amount = number(80, minimum=0, maximum=500, help="Percent: how much harder edges become.")
        radius = number(1, minimum=SMALLEST, maximum=50, help="Pixels: how far around an edge.")
        threshold = number(
            2, minimum=0, maximum=LEVELS, help="Differences up to this, of 255, are left alone, such as noise."
        )

    def at_scale(self, options: Options, factor: float) -> Options:
        radius = min(max(options.radius * factor, SMALLEST), 50)
        return self.Options(options.given() | {"radius": radius})

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        colours, alpha = apart(page)
        bright = brightness(colours)
        edges = bright - blurred(bright, alpha, options.radius)
        quiet = options.threshold * colour.WHITE[page.format] / LEVELS
        if quiet:
            edges = edges - edges.clamp(min=-quiet, max=quiet)
        sharp = (colours + edges * (options.amount / 100)).rint().cast(page.format)
        return together(sharp.copy(interpretation=page.interpretation), alpha)
