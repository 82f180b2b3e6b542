"""Resize: by the longest edge, a box or percent."""

from typing import Literal

from pydantic import Field

from photos.imaging.operations.schema.base import Operation, Scaling
from photos.imaging.operations.schema.options import Omittable, OptionSet

DEFAULT_LONGEST_EDGE = 1600  # pixels, when no size is given at all
MAX_SIDE = 20_000


class Resize(Operation):
    """Change the size; never enlarges unless `enlarge` is set."""

    name = "resize"
    label = "Resize"
    help = "Makes pictures smaller: by their longest edge, to a width and height, or by percent."

    class Options(OptionSet):
        longest_edge: Omittable[int] = Field(
            None,
            ge=16,
            le=MAX_SIDE,
            description=f"Longest edge in pixels; {DEFAULT_LONGEST_EDGE} when no size is given.",
        )
        width: Omittable[int] = Field(None, ge=1, le=MAX_SIDE, description="Width in pixels.")
        height: Omittable[int] = Field(None, ge=1, le=MAX_SIDE, description="Height in pixels.")
        fit: Literal["inside", "cover", "fill"] = Field(
            "inside",
            description="With width and height: "
            "inside keeps the whole picture, cover crops the overhang, fill distorts.",
        )
        percent: Omittable[float] = Field(None, ge=0.1, le=1000, description="Percent of the picture's own size.")
        enlarge: bool = Field(False, description="Also make small pictures larger.")

        def check(self) -> None:
            box = self.width is not None or self.height is not None
            if (self.longest_edge is not None) + box + (self.percent is not None) > 1:
                raise ValueError("give longest_edge, or width and height, or percent, but not several of them")

    def scaling(self, width: int, height: int, options: Options) -> Scaling:
        if options.width and options.height and options.fit != "inside":
            return fill_box(width, height, options.width, options.height, options)
        factor = self.factor(width, height, options)
        if not options.enlarge:
            factor = min(factor, 1)
        return Scaling(scale_side(width, factor), scale_side(height, factor))

    def factor(self, width: int, height: int, options: Options) -> float:
        """How many times as large the result is."""
        if options.percent is not None:
            return options.percent / 100
        wanted = [(options.width, width), (options.height, height)]
        factors = [new / old for new, old in wanted if new is not None]
        return min(factors, default=(options.longest_edge or DEFAULT_LONGEST_EDGE) / max(width, height))


def fill_box(width: int, height: int, new_width: int, new_height: int, options: Resize.Options) -> Scaling:
    """The scaling that fills a box, by cutting or by distorting; without enlarging the box may stay unfilled."""
    if not options.enlarge:
        new_width, new_height = min(new_width, width), min(new_height, height)
    if options.fit == "fill":
        return Scaling(new_width, new_height)
    factor = max(new_width / width, new_height / height)
    across, down = max(scale_side(width, factor), new_width), max(scale_side(height, factor), new_height)
    return Scaling(across, down, cut=(new_width, new_height))


def scale_side(side: int, factor: float) -> int:
    """A side in whole pixels, at least 1; halves are rounded up."""
    return max(1, int(side * factor + 0.5))
