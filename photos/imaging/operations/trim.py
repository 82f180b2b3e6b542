"""Remove margins: dark edges of a scanner, and empty paper."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import pyvips
from numpy.typing import NDArray
from pydantic import Field

from photos.imaging.formats.colour import convert
from photos.imaging.operations import crop
from photos.imaging.operations.schema.base import Operation, Step
from photos.imaging.operations.schema.options import OptionSet

type Pixels = NDArray[np.int16]  # rows, columns, colours
type Mask = NDArray[np.bool_]

ANALYSIS_EDGE_PIXELS = 1200  # pixels of the longest edge
DARK_BELOW = 90  # of 255: darker than any paper, as light as the edge of a scanner's lid gets
MIN_DARK_SHARE = 0.03  # of a line: less than this is dirt, or the first line of writing
MAX_DARK_MARGIN = 0.25  # of a side may go for being dark
MAX_DUST_SHARE = 0.004  # of a line that may differ from the paper: dust
INWARD_STEPS = (1, -1, 1, -1)  # which way each side of a box moves when it shrinks
MIN_REMAINING = 0.1  # of each side must remain, or else there was no margin but a picture of nothing


class Box(NamedTuple):
    """Rows and columns that remain, the ends not included."""

    top: int
    bottom: int
    left: int
    right: int

    def shrink_side(self, side: int) -> Box:
        """The box with one line less on that side."""
        return Box(*(line + INWARD_STEPS[number] * (number == side) for number, line in enumerate(self)))

    def largest_loss(self, whole: Box) -> float:
        """The largest share, 0 to 1, of a side of `whole` that this box lacks on one side."""
        tall, wide = whole.bottom - whole.top, whole.right - whole.left
        return max(
            (self.top - whole.top) / tall,
            (whole.bottom - self.bottom) / tall,
            (self.left - whole.left) / wide,
            (whole.right - self.right) / wide,
        )


class Trim(Operation):
    """Remove what surrounds a scanned page or picture."""

    name = "trim"
    label = "Remove margins"
    help = "Removes the margins of scans: dark edges that a scanner leaves, and empty paper around what is on the page."

    class Options(OptionSet):
        remove: Literal["all", "dark"] = Field(
            "all", description="All: dark edges, then empty paper; dark: only the edges that a scanner leaves."
        )
        keep: float = Field(0, ge=0, le=25, description="Margin to leave around it, in percent of the longer side.")
        tolerance: float = Field(10, ge=0, le=50, description="How much empty paper may vary, in percent.")

    def needs_all_pixels(self, options: Options) -> bool:
        return True

    def resolve(self, page: pyvips.Image, options: Options) -> Step:
        small = page.thumbnail_image(ANALYSIS_EDGE_PIXELS, height=ANALYSIS_EDGE_PIXELS, size="down").copy_memory()
        found = find_content(small, options)
        across, down = page.width / small.width, page.height / small.height
        margin = options.keep / 100 * max(page.width, page.height)
        left, right = clamp_span(found.left * across - margin, found.right * across + margin, page.width)
        top, bottom = clamp_span(found.top * down - margin, found.bottom * down + margin, page.height)
        return crop.crop_step(crop.Box(left, top, right - left, bottom - top))


def find_content(page: pyvips.Image, options: Trim.Options) -> Box:
    """The box to keep of a small page; all of the page if less than `MIN_REMAINING` of a side would remain."""
    pixels = convert.to_8_bits(convert.to_opaque(page)).numpy()
    pixels = pixels.reshape(page.height, page.width, -1).astype(np.int16)
    whole = Box(0, pixels.shape[0], 0, pixels.shape[1])
    box = trim_dark_edges(pixels.max(axis=2) < DARK_BELOW, whole)
    if options.remove == "all":
        box = trim_empty_paper(pixels, box, options.tolerance * 2.55)
    tall, wide = box.bottom - box.top, box.right - box.left
    return box if tall >= MIN_REMAINING * whole.bottom and wide >= MIN_REMAINING * whole.right else whole


def trim_dark_edges(dark: Mask, whole: Box) -> Box:
    """The box without dark edges, and without the dark wedges beside a page that lay askew.

    Line after line the darkest of the four outermost goes, so that a dark side does not make the others look dark.
    """
    box = whole
    while (side := darkest_side(dark, box)) is not None:
        box = box.shrink_side(side)
        if box.largest_loss(whole) > MAX_DARK_MARGIN:
            return whole  # that is no edge of a scanner, but the picture
    # The line beyond is half dark.
    return Box(*(line + (line != start) * step for line, start, step in zip(box, whole, INWARD_STEPS, strict=True)))


def darkest_side(dark: Mask, box: Box) -> int | None:
    """The number of the side whose outermost line is darkest; None if none is dark."""
    top, bottom, left, right = box
    outermost = (
        dark[top, left:right],
        dark[bottom - 1, left:right],
        dark[top:bottom, left],
        dark[top:bottom, right - 1],
    )
    shares = [float(line.mean()) for line in outermost]
    side = int(np.argmax(shares))
    return side if shares[side] > MIN_DARK_SHARE else None


def trim_empty_paper(pixels: Pixels, box: Box, tolerance: float) -> Box:
    """The box without the outermost lines that show only paper and dust."""
    part = pixels[box.top : box.bottom, box.left : box.right]
    paper = np.median(np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]]), axis=0)
    content = np.abs(part - paper).max(axis=2) > tolerance
    rows, columns = (np.nonzero(content.mean(axis=axis) > MAX_DUST_SHARE)[0] for axis in (1, 0))
    if not len(rows) or not len(columns):
        return box
    return narrow_box(box, rows[0], len(part) - 1 - rows[-1], columns[0], part.shape[1] - 1 - columns[-1])


def narrow_box(box: Box, top: int, bottom: int, left: int, right: int) -> Box:
    return Box(box.top + int(top), box.bottom - int(bottom), box.left + int(left), box.right - int(right))


def clamp_span(start: float, end: float, whole: int) -> tuple[int, int]:
    """Whole pixels from start to end, within 0 and `whole`."""
    return max(0, int(start)), min(whole, int(end + 0.999))
