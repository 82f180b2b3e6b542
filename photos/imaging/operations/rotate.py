"""Rotate: by any angle, and what becomes of the corners."""

import math
from typing import Literal

import pyvips
from pydantic import Field

from photos.imaging.formats.colour import convert
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import Colour, OptionSet

QUARTER_TURNS = {90.0: "rot90", 180.0: "rot180", 270.0: "rot270"}


class Rotate(Operation):
    """Turn the picture clockwise; quarter turns only move pixels."""

    name = "rotate"
    label = "Rotate"
    help = (
        "Turns pictures clockwise by any angle. A quarter turn changes no pixel, any other cuts or fills the corners."
    )

    class Options(OptionSet):
        angle: float = Field(90, ge=-360, le=360, description="Degrees clockwise; less than 0 turns the other way.")
        fit: Literal["cut", "all", "same"] = Field(
            "cut",
            description="Other than quarter turns: cut leaves no empty corner,"
            " all keeps all of it, same keeps the size.",
        )
        background: Colour = Field(
            "#ffffff", description="Colour of empty corners; transparent pictures stay transparent."
        )

    def output_size(self, width: int, height: int, options: Options) -> tuple[int, int]:
        angle = options.angle % 360
        if angle in (0, 180):
            return width, height
        if angle in (90, 270):
            return height, width
        return rotated_size(width, height, angle, options.fit)

    def quarter_turns(self, options: Options) -> int | None:
        return int(options.angle % 360 // 90) if options.angle % 90 == 0 else None

    def needs_all_pixels(self, options: Options) -> bool:
        return options.angle % 360 != 0

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        angle = options.angle % 360
        if angle == 0:
            return page
        if angle in QUARTER_TURNS:
            return getattr(page, QUARTER_TURNS[angle])()
        return rotate_page(page, angle, rotated_size(page.width, page.height, angle, options.fit), options)


def rotated_size(width: int, height: int, angle: float, fit: str) -> tuple[int, int]:
    """The size of a picture after a turn by an angle in degrees that is no quarter turn."""
    if fit == "same":
        return width, height
    across, down = inscribed_size(width, height, angle) if fit == "cut" else bounding_size(width, height, angle)
    return max(1, int(across)), max(1, int(down))


def bounding_size(width: int, height: int, angle: float) -> tuple[float, float]:
    """The upright rectangle around a turned one."""
    sine, cosine = abs(math.sin(math.radians(angle))), abs(math.cos(math.radians(angle)))
    return math.ceil(width * cosine + height * sine), math.ceil(width * sine + height * cosine)


def inscribed_size(width: int, height: int, angle: float) -> tuple[float, float]:
    """The largest upright rectangle inside a turned one.

    Either two of its corners touch the long sides, half-way up, or all four touch one side each.
    """
    sine, cosine = abs(math.sin(math.radians(angle))), abs(math.cos(math.radians(angle)))
    long, short = max(width, height), min(width, height)
    if short <= 2 * sine * cosine * long or math.isclose(sine, cosine):
        across, down = short / 2 / sine, short / 2 / cosine
        return (across, down) if width >= height else (down, across)
    both = cosine * cosine - sine * sine
    return (width * cosine - height * sine) / both, (height * cosine - width * sine) / both


def rotate_page(page: pyvips.Image, angle: float, size: tuple[int, int], options: Rotate.Options) -> pyvips.Image:
    """The page turned about its centre, cut or extended to the size."""
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    page, ink = convert.match_colour(page, options.background)
    return page.affine(
        [cosine, -sine, sine, cosine],
        # The centre of the page, between pixels, is the origin, and becomes the centre of the result.
        idx=-(page.width - 1) / 2,
        idy=-(page.height - 1) / 2,
        odx=(size[0] - 1) / 2,
        ody=(size[1] - 1) / 2,
        oarea=[0, 0, *size],
        interpolate=pyvips.Interpolate.new("bicubic"),
        background=[*ink, 0] if page.hasalpha() else ink,
        # Without empty corners the background must not bleed into the edge.
        extend="copy" if options.fit == "cut" else "background",
    )
