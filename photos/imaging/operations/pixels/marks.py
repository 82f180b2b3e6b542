"""Marks on pictures, written or drawn: size, position, repetition and opacity."""

from dataclasses import dataclass
from typing import Annotated, Literal

import pyvips
from pydantic import Field

from photos.imaging.formats.colour import convert
from photos.imaging.operations.crop import POSITIONS
from photos.imaging.operations.schema.options import OneOf, OptionSet

DIAGONAL_DEGREES = -30  # degrees clockwise, of marks in diagonal rows
# Between repeated marks, in widths of one across and in heights of one down.
TILE_GAPS = {"straight": (0.5, 1.0), "diagonal": (0.25, 0.25)}


class MarkOptions(OptionSet):
    """Options of all marks. Lengths are shares of the picture, so that a mark looks the same in every size."""

    position: Annotated[str, OneOf(POSITIONS)] = Field(
        "bottom-right", description="Position on the picture, unless it is repeated."
    )
    size: float = Field(20, ge=1, le=100, description="Its width in percent of the picture's width.")
    opacity: float = Field(70, ge=1, le=100, description="Percent: at 100 nothing of the picture shows through.")
    margin: float = Field(2, ge=0, le=40, description="Free space around it in percent of the picture's shorter side.")
    tile: Literal["none", "straight", "diagonal"] = Field(
        "none", description="Repeat it all over the picture, in rows."
    )


@dataclass(frozen=True)
class Mark:
    """A mark: its colours, and its opacity at each pixel, 0 to 255."""

    ink: pyvips.Image
    cover: pyvips.Image

    def rotate(self, degrees: float) -> "Mark":
        """The mark turned clockwise; its transparent surroundings do not bleed in."""
        both = self.ink.bandjoin(self.cover).premultiply().rotate(degrees).unpremultiply().rint().cast("uchar")
        return Mark(both.extract_band(0, n=self.ink.bands).copy(interpretation=self.ink.interpretation), both[-1])

    def tile(self, width: int, height: int, gaps: tuple[float, float]) -> "Mark":
        """A mark of width × height full of this one, every other row set off by half a step."""
        across, down = round(self.ink.width * (1 + gaps[0])), round(self.ink.height * (1 + gaps[1]))

        def tiled(part: pyvips.Image) -> pyvips.Image:
            row = part.embed(0, 0, across, down)
            cell = row.join(row.wrap(x=across // 2, y=0), "vertical").copy_memory()
            return cell.replicate(-(-width // across), -(-height // (2 * down))).crop(0, 0, width, height)

        return Mark(tiled(self.ink), tiled(self.cover))


def available_size(page: pyvips.Image, options: MarkOptions) -> tuple[int, int]:
    """Width and height that a mark may have at most."""
    free = 2 * margin_pixels(page, options)
    width = min(round(page.width * options.size / 100), page.width - free)
    return max(1, width), max(1, page.height - free)


def margin_pixels(page: pyvips.Image, options: MarkOptions) -> int:
    return round(min(page.width, page.height) * options.margin / 100)


def draw_mark(page: pyvips.Image, mark: Mark, options: MarkOptions) -> pyvips.Image:
    """The page with the mark, which must fit into `available_size`."""
    if options.tile == "diagonal":
        mark = mark.rotate(DIAGONAL_DEGREES)
    page, ink = convert.match_pictures(page, mark.ink)
    mark = Mark(ink, mark.cover.linear(options.opacity / 100, 0.5, uchar=True))
    if options.tile != "none":
        return composite_mark(mark.tile(page.width, page.height, TILE_GAPS[options.tile]), page)
    left, top = mark_position(page, mark, options)
    behind = page.crop(left, top, ink.width, ink.height)
    return page.insert(composite_mark(mark, behind), left, top)


def mark_position(page: pyvips.Image, mark: Mark, options: MarkOptions) -> tuple[int, int]:
    """Left and top of the mark on the page."""
    across, down = POSITIONS[options.position]
    edge = margin_pixels(page, options)
    left = edge + round((page.width - 2 * edge - mark.ink.width) * across)
    top = edge + round((page.height - 2 * edge - mark.ink.height) * down)
    return left, top


def composite_mark(mark: Mark, page: pyvips.Image) -> pyvips.Image:
    """The page under a mark of the same size and colour space."""
    if not page.hasalpha():
        return mark.cover.ifthenelse(mark.ink, page, blend=True)
    cover = mark.cover.linear(convert.WHITE_BY_FORMAT[page.format] / 255, 0).cast(page.format)
    return page.composite2(mark.ink.bandjoin(cover), "over", compositing_space=page.interpretation)
