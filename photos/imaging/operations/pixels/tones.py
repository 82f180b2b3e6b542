"""Tones and colours: curves, linear light, and samples of a picture's tones."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyvips

from photos.imaging.formats.colour import convert
from photos.imaging.formats.colour.luminance import luminance_weights
from photos.imaging.operations.schema.base import Operation

SAMPLE_PIXELS = 250_000  # pixels for figures about a picture
OPAQUE_ALPHA = 0.5

type Tones = np.ndarray[Any, np.dtype[np.float64]]
type Curve = Callable[[Tones], Tones]


class Curves(Operation):
    """A resolved operation: one curve for all colours, or one for each; without curves the page stays as it is."""

    def __init__(self, curves: Sequence[Curve]) -> None:
        self.curves = curves

    def apply(self, page: pyvips.Image, options: Any) -> pyvips.Image:
        return apply_curves(page, self.curves) if self.curves else page


def apply_curves(page: pyvips.Image, curves: Sequence[Curve]) -> pyvips.Image:
    """The page with each stored tone, 0 to 1, replaced by the curve's value; transparency stays."""
    white = convert.WHITE_BY_FORMAT[page.format]
    tones = np.arange(white + 1) / white
    colours = page.bands - page.hasalpha()
    each = list(curves) * colours if len(curves) == 1 else list(curves)
    table = np.stack([curve(tones) for curve in each] + [tones] * page.hasalpha(), axis=-1)
    rounded = np.rint(table.clip(0, 1) * white).astype(np.uint8 if white < 256 else np.uint16)
    return page.maplut(pyvips.Image.new_from_array(rounded[np.newaxis]))


def to_linear(tones: Tones) -> Tones:
    """Linear light, 0 to 1, of stored tones (IEC 61966-2-1); the curves of other profiles differ little."""
    return np.where(tones <= 0.04045, tones / 12.92, ((np.maximum(tones, 0) + 0.055) / 1.055) ** 2.4)


def to_tones(light: Tones) -> Tones:
    """Stored tones of linear light, 0 to 1 (IEC 61966-2-1)."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def mix_light(page: pyvips.Image, matrix: Sequence[Sequence[float]]) -> pyvips.Image:
    """A page without transparency whose colours are the matrix times linear red, green and blue."""
    return page.colourspace("scrgb").recomb(matrix).colourspace(page.interpretation).cast(page.format)


def split_alpha(page: pyvips.Image) -> tuple[pyvips.Image, pyvips.Image | None]:
    """The page's colours, and its transparency or None."""
    if not page.hasalpha():
        return page, None
    return page.extract_band(0, n=page.bands - 1), page[page.bands - 1]


def join_alpha(colours: pyvips.Image, alpha: pyvips.Image | None) -> pyvips.Image:
    return colours if alpha is None else colours.bandjoin(alpha)


def luma(page: pyvips.Image) -> pyvips.Image:
    """The weighted sum of a page's stored colours, in the page's range; without transparency."""
    return page if convert.is_grey(page) else page.recomb([list(luminance_weights(page))])


def sample_tones(page: pyvips.Image) -> Tones:
    """Tones, 0 to 1, of an even sample of the page's visible pixels: a row for each pixel, a column for each colour."""
    step = max(1, int((page.width * page.height / SAMPLE_PIXELS) ** 0.5))
    step = min(step, page.width, page.height)
    pixels = page.subsample(step, step).numpy().reshape(-1, page.bands) / convert.WHITE_BY_FORMAT[page.format]
    if not page.hasalpha():
        return pixels
    return pixels[pixels[:, -1] >= OPAQUE_ALPHA, :-1]
