"""Photo, document, graphic, screenshot or blank, from the distribution of brightness and colour, without learning."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from photos.classification.attributes import round_figure
from photos.classification.features import Features
from photos.classification.thresholds import Thresholds

PHOTO, DOCUMENT, GRAPHIC, SCREENSHOT, BLANK = KINDS = ("photo", "document", "graphic", "screenshot", "blank")

# Differences of brightness to the most common shade: the same at most, another, and as dark as ink.
NEAR_SHADES, FAR_SHADES, INK_SHADES = 12, 40, 50
COLOURED_SATURATION = 0.3
SCREENSHOT_FORMATS = {"png", "webp"}  # in which screenshots are saved
SCREEN_SIZES = {  # pixels, the shorter side first
    (640, 1136), (720, 1280), (720, 1600), (750, 1334), (768, 1024), (768, 1366), (800, 1280), (828, 1792),
    (900, 1440), (900, 1600), (1024, 1280), (1050, 1680), (1080, 1920), (1080, 2160), (1080, 2220), (1080, 2280),
    (1080, 2340), (1080, 2400), (1080, 2460), (1125, 2436), (1170, 2532), (1179, 2556), (1200, 1920), (1206, 2622),
    (1242, 2208), (1242, 2688), (1284, 2778), (1290, 2796), (1320, 2868), (1440, 2560), (1440, 2880), (1440, 2960),
    (1440, 3040), (1440, 3200), (1440, 3440), (1488, 2266), (1536, 2048), (1600, 2560), (1620, 2160), (1640, 2360),
    (1668, 2224), (1668, 2388), (1800, 2880), (1964, 3024), (2048, 2732), (2160, 3840), (2234, 3456), (2880, 5120),
}  # fmt: skip


@dataclass(frozen=True)
class Shades:
    """The distribution of brightness in a picture. Field names are stored: they cannot be renamed alone."""

    commonest: int  # brightness, 0 to 255
    near: float  # share of pixels as bright as that, 0 to 1
    far: float  # share of pixels much brighter or darker
    ink: float  # share of pixels much darker
    coloured: float
    equal: float  # share of horizontal neighbours that are exactly equal

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Facts:
    """The inputs that decide the kind of a picture."""

    format: str
    width: int
    height: int
    camera: str  # what took the picture; empty when no camera did
    sharpness: float
    deviation: float
    shades: Shades


def measure_shades(features: Features) -> Shades:
    """Measure how the brightness of a picture is distributed, around its most common shade."""
    grey = features.grey
    counts = np.bincount(grey.astype(np.uint8).ravel(), minlength=256)
    commonest = int(np.convolve(counts, np.ones(17), mode="same").argmax())
    apart = np.abs(grey - commonest)
    pixels = features.pixels
    return Shades(
        commonest=commonest,
        near=round_figure((apart <= NEAR_SHADES).mean()),
        far=round_figure((apart > FAR_SHADES).mean()),
        ink=round_figure((grey < commonest - INK_SHADES).mean()),
        coloured=round_figure((features.saturation > COLOURED_SATURATION).mean()),
        equal=round_figure((pixels[:, 1:] == pixels[:, :-1]).all(axis=-1).mean()) if pixels.shape[1] > 1 else 1.0,
    )


def kind_of(facts: Facts, at: Thresholds) -> str:
    """The kind of a picture, one of `KINDS`. A camera that recorded its exposure makes a photo."""
    if facts.format == "pdf":
        return DOCUMENT
    if facts.shades.far <= at.blank and facts.deviation <= at.blank_deviation:
        return BLANK
    if facts.camera:
        return PHOTO
    if facts.format in SCREENSHOT_FORMATS and tuple(sorted((facts.width, facts.height))) in SCREEN_SIZES:
        return SCREENSHOT
    if is_paper(facts, at):
        return DOCUMENT
    return GRAPHIC if facts.shades.equal >= at.drawn else PHOTO


def is_paper(facts: Facts, at: Thresholds) -> bool:
    return (
        facts.shades.commonest >= at.paper_brightness
        and facts.shades.near >= at.paper
        and facts.shades.ink <= at.ink
        and facts.shades.coloured <= at.coloured
        and facts.sharpness >= at.crisp
    )
