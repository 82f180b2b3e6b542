"""Everything that is measured of one file, by the optional parts that are installed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photos.classification import attributes, features, kinds, tags
from photos.classification.features import Aborting, Features
from photos.classification.network import Network
from photos.classification.thresholds import Thresholds


@dataclass(frozen=True)
class Analysis:
    """The measurements of one picture, before a category is decided."""

    features: Features
    kind: str
    figures: attributes.Attributes
    shades: kinds.Shades
    tags: tags.Tags | None

    @property
    def scores(self) -> dict[str, float]:
        """Group → probability, 0 to 1; empty without the network."""
        return self.tags.scores if self.tags else {}

    @property
    def embedding(self) -> bytes | None:
        """1,280 float16 numbers as bytes, as they are stored; None without the network."""
        return self.tags.embedding.tobytes() if self.tags else None

    @property
    def attributes(self) -> dict[str, Any]:
        """The measurements as they are stored; the hash has a column of its own."""
        figures = self.figures.as_json()
        del figures["dhash"]
        return figures | {
            "shades": self.shades.as_json(),
            "camera": self.features.camera,
            "version": attributes.VERSION,
        }


def analyse(
    path: Path, format: str, aborting: Aborting, network: Network | None, thresholds: Thresholds, jpeg_side: int = 0
) -> Analysis:
    """Measure a file. With `jpeg_side` the features hold a JPEG of at most that side in pixels.

    Raises `Unreadable`, or `Aborted` when the work was stopped.
    """
    picture = features.extract_features(path, format, aborting, jpeg_side)
    figures, shades = attributes.measure_attributes(picture), kinds.measure_shades(picture)
    facts = kinds.Facts(
        picture.format, picture.width, picture.height, picture.camera, figures.sharpness, figures.deviation, shades
    )
    kind = kinds.kind_of(facts, thresholds)
    scored = tags.compute_tags(picture, network) if network and kind != kinds.BLANK else None
    return Analysis(picture, kind, figures, shades, scored)
