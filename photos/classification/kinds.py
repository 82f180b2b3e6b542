"""Photo, document, graphic, screenshot or blank: told from how the shades are spread, without learning."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from photos.classification.attributes import round_figure
from photos.classification.features import Features
from photos.classification.thresholds import Thresholds

PHOTO, DOCUMENT, GRAPHIC, SCREENSHOT, BLANK = KINDS = ("photo", "document", "graphic", "screenshot", "blank")

NEAR_SHADES, FAR_SHADES, INK_SHADES = (
    12,
    40,
    50,
)  # shades of brightness: as good as the same, another, and as dark as ink
COLOURED_SATURATION = 0.3  # saturation
SCREENSHOT_FORMATS = {"png", "webp"}  # what programs save screenshots in
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
    """How the brightness of a picture is spread."""

    commonest: int  # shade, 0 to 255
    near: float  # shares of the pixels: as bright as that
    far: float  # much brighter or darker
    ink: float  # much darker
    coloured: float
    equal: float  # of neighbours side by side that are exactly equal

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


@dataclass(frozen=True)
class Facts:
    """All that the kind of a picture is told from."""

    format: str
    width: int
    height: int
    camera: str  # what took the picture; empty when no camera did
    sharpness: float
    deviation: float
    shades: Shades


def measure_shades(look: Features) -> Shades:
    """How the brightness of a picture is spread."""
    grey = look.grey
    counts = np.bincount(grey.astype(np.uint8).ravel(), minlength=256)
    commonest = int(np.convolve(counts, np.ones(17), mode="same").argmax())
    apart = np.abs(grey - commonest)
    pixels = look.pixels
    return Shades(
        commonest=commonest,
        near=round_figure((apart <= NEAR_SHADES).mean()),
        far=round_figure((apart > FAR_SHADES).mean()),
        ink=round_figure((grey < commonest - INK_SHADES).mean()),
        coloured=round_figure((look.saturation > COLOURED_SATURATION).mean()),
        equal=round_figure((pixels[:, 1:] == pixels[:, :-1]).all(axis=-1).mean()) if pixels.shape[1] > 1 else 1.0,
    )


def kind_of(facts: Facts, at: Thresholds) -> str:
    """The kind of a picture. A camera that says how it was exposed makes a photo."""
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
    """Whether it is mostly one bright shade with some crisp ink and little colour."""
    return (
        facts.shades.commonest >= at.paper_brightness
        and facts.shades.near >= at.paper
        and facts.shades.ink <= at.ink
        and facts.shades.coloured <= at.coloured
        and facts.sharpness >= at.crisp
    )
