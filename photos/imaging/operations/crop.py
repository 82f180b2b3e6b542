"""Crop: a part of the picture by shape, size or position."""

from typing import Annotated, Literal, NamedTuple

import pyvips
from pydantic import Field

from photos.imaging.formats import Unreadable
from photos.imaging.operations.schema.base import Operation, Step
from photos.imaging.operations.schema.options import Line, Omittable, OneOf, OptionSet

SQUARE = "1:1"  # when no size is given at all
MAX_ASPECT_RATIO = 100
MAX_LENGTH = 100_000
# Where the eye goes does not depend on detail, and libvips cannot be stopped while it computes that.
ANALYSIS_EDGE_PIXELS = 256
ATTENTION = "attention"
# Where the box stands: the share of the excess size that lies left of it, and above it.
POSITIONS = {
    "center": (0.5, 0.5),
    "top": (0.5, 0.0),
    "bottom": (0.5, 1.0),
    "left": (0.0, 0.5),
    "right": (1.0, 0.5),
    "top-left": (0.0, 0.0),
    "top-right": (1.0, 0.0),
    "bottom-left": (0.0, 1.0),
    "bottom-right": (1.0, 1.0),
}


class Box(NamedTuple):
    """A part of a picture, in pixels."""

    left: int
    top: int
    width: int
    height: int


class Crop(Operation):
    """Keep a part of the picture: of a shape, of a size, or an exact box."""

    name = "crop"
    label = "Crop"
    help = "Cuts pictures to a shape such as 3:2, or to a size, around what catches the eye or at a place you choose."

    class Options(OptionSet):
        aspect: Annotated[Omittable[str], Line(15, r"\d{1,5}(\.\d+)?:\d{1,5}(\.\d+)?", "3:2")] = Field(
            None,
            description=f"Width to height, such as 3:2, 1:1 or 16:9; {SQUARE} when neither it nor a size is given.",
        )
        turn: bool = Field(True, description="Turn the shape for upright pictures: 3:2 becomes 2:3.")
        position: Annotated[str, OneOf((*POSITIONS, ATTENTION))] = Field(
            "center", description="Which part to keep; attention: what catches the eye."
        )
        width: Omittable[float] = Field(
            None, ge=0.01, le=MAX_LENGTH, description="Width of the part; the full width when left out."
        )
        height: Omittable[float] = Field(
            None, ge=0.01, le=MAX_LENGTH, description="Height of the part; the full height when left out."
        )
        left: Omittable[float] = Field(
            None, ge=0, le=MAX_LENGTH, description="Where the part begins from the left, instead of a position."
        )
        top: Omittable[float] = Field(
            None, ge=0, le=MAX_LENGTH, description="Where the part begins from the top, instead of a position."
        )
        unit: Literal["pixels", "percent"] = Field("pixels", description="Unit of width, height, left and top.")

        def check(self) -> None:
            sized = self.width is not None or self.height is not None
            if self.aspect and sized:
                raise ValueError("give aspect, or width and height, but not both")
            if self.aspect and not 1 / MAX_ASPECT_RATIO <= aspect_ratio(self.aspect) <= MAX_ASPECT_RATIO:
                raise ValueError(f"aspect must be between 1:{MAX_ASPECT_RATIO} and {MAX_ASPECT_RATIO}:1")
            if self.unit == "percent":
                for name in ("width", "height", "left", "top"):
                    if (getattr(self, name) or 0) > 100:
                        raise ValueError(f"{name} must be at most 100 percent")

    def output_size(self, width: int, height: int, options: Options) -> tuple[int, int]:
        box = crop_box(width, height, options)
        return box.width, box.height

    def scale_options(self, options: Options, factor: float) -> Options:
        if options.unit == "percent":
            return options
        given = {name: getattr(options, name) for name in ("left", "top", "width", "height")}
        return options.model_copy(update={name: each * factor for name, each in given.items() if each is not None})

    def needs_all_pixels(self, options: Options) -> bool:
        return options.position == ATTENTION

    def resolve(self, page: pyvips.Image, options: Options) -> Step:
        if options.position != ATTENTION:
            return Step(self, options)
        part = crop_box(page.width, page.height, options)
        left, top = find_attention(page, part.width, part.height)
        return crop_step(
            Box(
                left if options.left is None else part.left,
                top if options.top is None else part.top,
                part.width,
                part.height,
            )
        )

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        return page.crop(*crop_box(page.width, page.height, options))


def crop_step(part: Box) -> Step:
    """The step that keeps that part of a picture; the part must lie inside."""
    return Step(Crop(), Crop.Options.model_construct(**part._asdict()))


def aspect_ratio(aspect: str) -> float:
    """Width divided by height of a shape such as 3:2; 0 if the height is 0."""
    across, down = map(float, aspect.split(":"))
    return across / down if down else 0


def crop_box(width: int, height: int, options: Crop.Options) -> Box:
    """The part to keep of a picture of width × height. Raises Unreadable when it lies outside."""
    across, down = crop_size(width, height, options)
    left_share, top_share = POSITIONS.get(options.position, (0.5, 0.5))
    left, across = crop_span(options.left, width, across, left_share, options.unit)
    top, down = crop_span(options.top, height, down, top_share, options.unit)
    if across < 1 or down < 1:
        raise Unreadable(f"The part to keep lies outside the picture, which has {width:,} × {height:,} pixels")
    return Box(left, top, across, down)


def crop_size(width: int, height: int, options: Crop.Options) -> tuple[int, int]:
    """Width and height of the part to keep, at most those of the picture."""
    if options.width is not None or options.height is not None:
        across = pixels(options.width, width, options.unit) if options.width is not None else width
        down = pixels(options.height, height, options.unit) if options.height is not None else height
        return min(max(1, across), width), min(max(1, down), height)
    shape = aspect_ratio(options.aspect or SQUARE)
    if options.turn and (shape > 1) != (width > height):
        shape = 1 / shape
    return max(1, min(width, round(height * shape))), max(1, min(height, round(width / shape)))


def crop_span(position: float | None, whole: int, part: int, share: float, unit: str) -> tuple[int, int]:
    """Start and length in pixels of the part along one side.

    `position`: the start in `unit`; without it `share`, 0 to 1, aligns the part.
    """
    if position is None:
        return int((whole - part) * share), part
    start = pixels(position, whole, unit)
    return start, min(part, whole - start)


def pixels(length: float, whole: int, unit: str) -> int:
    return round(length * whole / 100 if unit == "percent" else length)


def find_attention(page: pyvips.Image, width: int, height: int) -> tuple[int, int]:
    """Left and top of the part of that size that shows what catches the eye (libvips' smartcrop)."""
    small = page.thumbnail_image(ANALYSIS_EDGE_PIXELS, height=ANALYSIS_EDGE_PIXELS, size="down")
    shrink = page.width / small.width
    across, down = min(small.width, max(1, round(width / shrink))), min(small.height, max(1, round(height / shrink)))
    crop = small.smartcrop(across, down, interesting="attention")
    left, top = round(-crop.xoffset * shrink), round(-crop.yoffset * shrink)
    return min(left, page.width - width), min(top, page.height - height)
