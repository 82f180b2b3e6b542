"""Border: a frame of one colour around the picture."""

import pyvips
from pydantic import Field

from photos.imaging.formats.colour import convert
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import Colour, Omittable, OptionSet

DEFAULT_PERCENT = 3  # when no width is given at all


class Border(Operation):
    """Put a frame of one colour around the picture, which loses nothing."""

    name = "border"
    label = "Border"
    help = "Puts a border around pictures: white as on a print, or in any colour."

    class Options(OptionSet):
        percent: Omittable[float] = Field(
            None,
            ge=0.1,
            le=100,
            description=f"Width in percent of the shorter side; {DEFAULT_PERCENT} when no width is given.",
        )
        pixels: Omittable[int] = Field(None, ge=1, le=5000, description="Width in pixels, instead.")
        colour: Colour = Field("#ffffff", description="Colour of the border.")

        def check(self) -> None:
            if self.percent is not None and self.pixels is not None:
                raise ValueError("give percent or pixels, but not both")

    def output_size(self, width: int, height: int, options: Options) -> tuple[int, int]:
        around = 2 * border_pixels(width, height, options)
        return width + around, height + around

    def scale_options(self, options: Options, factor: float) -> Options:
        if options.pixels is None:
            return options
        return options.model_copy(update={"pixels": max(1, round(options.pixels * factor))})

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        width = border_pixels(page.width, page.height, options)
        page, ink = convert.match_colour(page, options.colour)
        opaque = [convert.WHITE_BY_FORMAT[page.format]] if page.hasalpha() else []
        return page.embed(
            width,
            width,
            page.width + 2 * width,
            page.height + 2 * width,
            extend="background",
            background=[*ink, *opaque],
        )


def border_pixels(width: int, height: int, options: Border.Options) -> int:
    if options.pixels is not None:
        return options.pixels
    return max(1, round(min(width, height) * (options.percent or DEFAULT_PERCENT) / 100))
