"""All that is told of one file, by whatever is installed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photos.classification import attributes, kinds, looks, tags
from photos.classification.looks import Aborting, Look
from photos.classification.network import Network
from photos.classification.thresholds import Thresholds

LIKENESSES = {kinds.PHOTO, kinds.GRAPHIC, kinds.SCREENSHOT, kinds.DOCUMENT}  # worth comparing with others


@dataclass(frozen=True)
class Findings:
    """What was found, with the name and version of who found the category."""

    look: Look
    kind: str
    figures: attributes.Attributes
    shades: kinds.Shades
    tags: tags.Tags | None
    category: str
    score: float | None
    classifier: str
    version: str

    @property
    def attributes(self) -> dict[str, Any]:
        """The figures as they are kept; the hash has a place of its own."""
        figures = self.figures.as_json()
        del figures["dhash"]
        return figures | {"shades": self.shades.as_json(), "version": attributes.VERSION}


def find(path: Path, format: str, aborting: Aborting, network: Network | None, at: Thresholds) -> Findings:
    """Look at a file and tell what it is. Raises Unreadable, or Aborted when it was stopped."""
    look = looks.look_at(path, format, aborting)
    figures, shades = attributes.measure(look), kinds.shades_of(look)
    kind = kinds.kind_of(look, shades, figures, at)
    if network is None or kind not in LIKENESSES:
        return Findings(look, kind, figures, shades, None, "", None, attributes.NAME, attributes.VERSION)
    found = tags.tags_of(look, network)
    category, score = found.best(at.category)
    if kind != kinds.PHOTO:  # the network was taught with photos: what it says of a drawing means little
        category = ""
    return Findings(look, kind, figures, shades, found, category, score, tags.NAME, tags.version())
