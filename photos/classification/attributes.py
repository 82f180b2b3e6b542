"""Measurements of a picture that need no learning, each a number, taken from the copy of 512 pixels."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from photos.classification.features import Features, Pixels

CLASSIFIER = "attributes"
VERSION = "1"  # stored with results: raise it with every change of a formula or rule
DARK_BELOW, BRIGHT_ABOVE = 5, 250  # brightness of a clipped pixel
PALETTE_SIZE = 5
PALETTE_BITS = 4  # of each channel, by which colours are counted

type Grey = NDArray[np.float32]


@dataclass(frozen=True)
class Attributes:
    """The measurements of one picture."""

    sharpness: float  # 0 for a flat picture; about 0.5 for a sharp photo, 0.002 for a blurred one
    mean: float  # brightness, 0 to 255
    deviation: float
    clipped_dark: float  # shares, 0 to 1
    clipped_bright: float
    colourfulness: float  # 0 grey, 33 moderately, 59 quite, 109 extremely colourful
    saturation: float  # mean, 0 to 1
    palette: list[str]  # "#rrggbb", the most common first
    dhash: str  # 16 hexadecimal digits

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measure_attributes(features: Features) -> Attributes:
    """Measure sharpness, brightness, colours and the hash of a picture."""
    grey = features.grey
    return Attributes(
        sharpness=round_figure(sharpness(grey)),
        mean=round_figure(grey.mean()),
        deviation=round_figure(grey.std()),
        clipped_dark=round_figure((grey < DARK_BELOW).mean()),
        clipped_bright=round_figure((grey > BRIGHT_ABOVE).mean()),
        colourfulness=round_figure(colourfulness(features.pixels)),
        saturation=round_figure(features.saturation.mean()),
        palette=palette(features.pixels),
        dhash=f"{dhash(features.pixels):016x}",
    )


def round_figure(value: float | np.floating[Any]) -> float:
    """Round to four decimal places, more than any measurement here deserves."""
    return round(float(value), 4)


def sharpness(grey: Grey) -> float:
    """Variance of the Laplacian divided by the variance of the picture, so that contrast alone does not count.

    The variance of the Laplacian as a measure of focus: Pech-Pacheco et al., "Diatom autofocusing in brightfield
    microscopy", ICPR 2000.
    """
    spread = float(grey.var())
    if spread < 1 or min(grey.shape) < 3:
        return 0.0
    inner = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    return float(laplacian.var()) / spread


def colourfulness(pixels: Pixels) -> float:
    """Perceived colourfulness by Hasler and Süsstrunk, "Measuring colourfulness in natural images", 2003."""
    red, green, blue = (pixels[..., band].astype(np.float32) for band in range(3))
    opposed = red - green, (red + green) / 2 - blue
    spread = np.hypot(opposed[0].std(), opposed[1].std())
    away = np.hypot(opposed[0].mean(), opposed[1].mean())
    return float(spread + 0.3 * away)


def palette(pixels: Pixels) -> list[str]:
    """The most common colours as #rrggbb: pixels are counted by 4 bits a channel, and each group gives its mean."""
    flat = pixels[::4, ::4].reshape(-1, 3).astype(np.int64)
    keys = (flat >> (8 - PALETTE_BITS)) @ np.array([1 << (2 * PALETTE_BITS), 1 << PALETTE_BITS, 1])
    counts = np.bincount(keys, minlength=1 << (3 * PALETTE_BITS))
    commonest = [key for key in np.argsort(-counts, kind="stable")[:PALETTE_SIZE] if counts[key]]
    means = [flat[keys == key].mean(axis=0).round().astype(int) for key in commonest]
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in means]


def dhash(pixels: Pixels) -> int:
    """64 bits, row by row: 1 where a point of an 8 x 8 grid is brighter than its right neighbour.

    The same picture saved again or made smaller differs in at most 6 bits. N. Krawetz, "Kind of like that", 2013.
    """
    grey = pyvips.Image.new_from_array(pixels, interpretation="srgb").colourspace("b-w")
    small = grey.thumbnail_image(9, height=8, size="force").numpy().astype(np.int16)
    bits = (small[:, :-1] > small[:, 1:]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes())


def hamming_distance(one: int, other: int) -> int:
    """The number of bits in which two hashes differ."""
    return (one ^ other).bit_count()
