"""All that is measured of one file, by whatever is installed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photos.classification import attributes, features, kinds, tags
from photos.classification.features import Aborting, Features
from photos.classification.network import Network
from photos.classification.thresholds import Thresholds


@dataclass(frozen=True)
class Analysis:
    """What was measured, before anything is decided."""

    features: Features
    kind: str
    figures: attributes.Attributes
    shades: kinds.Shades
    tags: tags.Tags | None

    @property
    def scores(self) -> dict[str, float]:
        """Of the groups that the network knows; none without it."""
        return self.tags.scores if self.tags else {}

    @property
    def embedding(self) -> bytes | None:
        """What the network makes of it, as it is kept; None without it."""
        return self.tags.embedding.tobytes() if self.tags else None

    @property
    def attributes(self) -> dict[str, Any]:
        """The figures as they are kept; the hash has a place of its own."""
        figures = self.figures.as_json()
        del figures["dhash"]
        return figures | {
            "shades": self.shades.as_json(),
            "camera": self.features.camera,
            "version": attributes.VERSION,
        }


def analyse(
    path: Path, format: str, aborting: Aborting, network: Network | None, at: Thresholds, jpeg_side: int = 0
) -> Analysis:
    """Look at a file and measure it. Raises Unreadable, or Aborted when it was stopped."""
    look = features.extract_features(path, format, aborting, jpeg_side)
    figures, shades = attributes.measure_attributes(look), kinds.measure_shades(look)
    facts = kinds.Facts(look.format, look.width, look.height, look.camera, figures.sharpness, figures.deviation, shades)
    kind = kinds.kind_of(facts, at)
    seen = tags.compute_tags(look, network) if network and kind != kinds.BLANK else None
    return Analysis(look, kind, figures, shades, seen)
