"""Flip: the picture mirrored."""

from typing import Literal

import pyvips
from pydantic import Field

from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import OptionSet


class Flip(Operation):
    """Mirror the picture; no pixel changes its value."""

    name = "flip"
    label = "Flip"
    help = "Mirrors pictures: left and right change places, or top and bottom."

    class Options(OptionSet):
        direction: Literal["horizontal", "vertical"] = Field(
            "horizontal", description="Horizontal: left and right change places; vertical: top and bottom."
        )

    def output_size(self, width: int, height: int, options: Options) -> tuple[int, int]:
        return width, height

    def needs_all_pixels(self, options: Options) -> bool:
        return options.direction == "vertical"

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        return page.fliphor() if options.direction == "horizontal" else page.flipver()
