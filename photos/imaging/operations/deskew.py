"""Straighten scans: the angle of text lines, and the turn that levels them."""

import math
from typing import NamedTuple

import numpy as np
import pyvips
from numpy.typing import NDArray
from pydantic import Field

from photos.imaging.formats.colour import convert
from photos.imaging.operations.rotate import Rotate
from photos.imaging.operations.schema.base import Operation, Step
from photos.imaging.operations.schema.options import OptionSet

type Numbers = NDArray[np.float64]

ANALYSIS_EDGE_PIXELS = 1600  # pixels of the longest edge: lines of a page are then some twenty pixels apart
MAX_STROKE_PIXELS = 15  # pixels: what is thicker than this is no writing
MIN_INK_CONTRAST = 40  # of 255: how much darker than the paper around it writing is at least
MAX_POINTS = 60_000
MIN_POINTS = 200
MIN_ANGLE_DEGREES = 0.1  # degrees that nobody sees
MAX_ANGLE_DEGREES = 15
COARSE_STEP_DEGREES, FINE_STEP_DEGREES = 0.25, 0.05  # degrees between two angles that are tried
# How much better than the middling angle, and than any a degree away, the right one must be. Scanned pages reach 4.5 to
# 40 and 2.4 to 22, photos of things without lines at most 3.7 and 2.4 (measured on some sixty files).
MIN_CLEARNESS, MIN_DISTINCTNESS = 4.0, 1.6


class Deskew(Operation):
    """Turn a scan so that its lines are level; what shows no lines stays as it is."""

    name = "deskew"
    label = "Straighten scans"
    help = "Turns scanned pages until their lines are level. What is level, or shows no clear lines, stays as it is."

    class Options(OptionSet):
        limit: float = Field(
            MAX_ANGLE_DEGREES,
            ge=1,
            le=MAX_ANGLE_DEGREES,
            description="Degrees; a page that seems turned further stays as it is.",
        )

    def output_size(self, width: int, height: int, options: Options) -> tuple[int, int]:
        return width, height

    def needs_all_pixels(self, options: Options) -> bool:
        return True

    def resolve(self, page: pyvips.Image, options: Options) -> Step:
        small = page.thumbnail_image(ANALYSIS_EDGE_PIXELS, height=ANALYSIS_EDGE_PIXELS, size="down").copy_memory()
        angle = measure_skew(small, options.limit)
        if abs(angle) < MIN_ANGLE_DEGREES:
            return Step(Rotate(), Rotate.Options(angle=0))
        return Step(Rotate(), Rotate.Options(angle=-angle, fit="same", background=paper_colour(small)))


class Points(NamedTuple):
    """Pixels of writing: offsets from the middle of the page, and how dark each is."""

    across: Numbers
    down: Numbers
    weight: Numbers


def measure_skew(page: pyvips.Image, limit: float = MAX_ANGLE_DEGREES) -> float:
    """Degrees by which a small page is turned clockwise; 0 when that is not clear, or further than the limit.

    Lines that run level give the sharpest profile when the writing is summed up along them (Postl, "Detection of linear
    oblique structures and skew scan in digitized documents", 1986). Sideways pages are looked at along their columns.
    """
    if min(page.width, page.height) < MAX_STROKE_PIXELS:
        return 0.0
    points = sample_points(extract_strokes(page))
    if len(points.weight) < MIN_POINTS:
        return 0.0
    sideways = Points(points.down, -points.across, points.weight)
    clearness, angle = max(find_angle(points), find_angle(sideways))
    return angle if clearness > MIN_CLEARNESS and abs(angle) <= limit else 0.0


def extract_strokes(page: pyvips.Image) -> NDArray[np.uint8]:
    """How much darker than its surroundings each pixel is, if it belongs to something thin (a black top-hat)."""
    grey = (page.flatten(background=[255]) if page.hasalpha() else page).colourspace("b-w")
    lightest = grey.rank(MAX_STROKE_PIXELS, 1, MAX_STROKE_PIXELS - 1).rank(1, MAX_STROKE_PIXELS, MAX_STROKE_PIXELS - 1)
    closed = lightest.rank(MAX_STROKE_PIXELS, 1, 0).rank(1, MAX_STROKE_PIXELS, 0)
    return (closed - grey).cast("uchar").numpy()


def sample_points(dark: NDArray[np.uint8]) -> Points:
    """The pixels that belong to writing, or a random sample of them."""
    chance = np.random.default_rng(0)  # the same at every run
    down, across = np.nonzero(dark >= MIN_INK_CONTRAST)
    if len(across) > MAX_POINTS:
        # At random: every n-th point would fall into step with the lines.
        sample = chance.choice(len(across), MAX_POINTS, replace=False)
        down, across = down[sample], across[sample]
    height, width = dark.shape
    # At random within their pixel: centres of pixels lie on a grid, whose own level lines would win.
    within = chance.random((2, len(across)))
    return Points(across + within[0] - width / 2, down + within[1] - height / 2, dark[down, across].astype(np.float64))


def find_angle(points: Points) -> tuple[float, float]:
    """How clear the best angle is, 0 if not at all, and that angle in degrees."""
    angles = np.arange(-MAX_ANGLE_DEGREES - 1, MAX_ANGLE_DEGREES + 1 + COARSE_STEP_DEGREES, COARSE_STEP_DEGREES)
    sharp = np.array([profile_sharpness(points, angle) for angle in angles])
    best = int(sharp.argmax())
    elsewhere = sharp[np.abs(angles - angles[best]) > 1].max()
    if sharp[best] < MIN_DISTINCTNESS * elsewhere:
        return 0.0, 0.0
    return float(sharp[best] / np.median(sharp)), refine_angle(points, float(angles[best]))


def refine_angle(points: Points, near: float) -> float:
    """The best angle near a good one: the top of the parabola fitted to the sharpness around it."""
    steps = FINE_STEP_DEGREES * np.arange(-7, 8)
    middle = near + float(steps[np.argmax([profile_sharpness(points, near + step) for step in steps])])
    bend, slope, _ = np.polyfit(steps, [profile_sharpness(points, middle + step) for step in steps], 2)
    return middle + (float(np.clip(-slope / 2 / bend, steps[0], steps[-1])) if bend < 0 else 0.0)


def profile_sharpness(points: Points, angle: float) -> float:
    """The sum of squared differences of the profile along lines of that angle."""
    radians = math.radians(angle)
    rows = points.down * math.cos(radians) - points.across * math.sin(radians)
    profile = np.bincount((rows - rows.min()).astype(np.int64), points.weight)
    return float((np.diff(profile) ** 2).sum())


def paper_colour(page: pyvips.Image) -> str:
    """The median colour of a small page in sRGB, as #rrggbb."""
    page = convert.to_srgb(page)
    deep = 257 if page.format == "ushort" else 1
    colours = page.extract_band(0, n=page.bands - page.hasalpha())
    middling = [round(band.percent(50) / deep) for band in colours.bandsplit()]
    return "#" + "".join(f"{value:02x}" for value in (middling * 3)[:3])
