"""What a picture shows: one of 24 groups, or none where the network is not sure enough."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyvips
from numpy.typing import NDArray

from photos.classification import weights
from photos.classification.features import Features, Pixels, resize
from photos.classification.groups import GROUPS, membership_matrix
from photos.classification.network import INPUT_SIDE_PIXELS, Network

CLASSIFIER = "efficientnet-lite0"
SHORT_SIDE_PIXELS = 256  # the short side of the picture out of which the middle 224 are cut


@dataclass(frozen=True)
class Tags:
    """How likely each group is, and the numbers by which pictures are compared."""

    scores: dict[str, float]
    embedding: NDArray[np.float16]

    @property
    def best(self) -> str:
        """The likeliest group, however unlikely."""
        return max(self.scores, key=self.scores.__getitem__)


def version() -> str:
    """What marks a result: the network's weights and the table of groups."""
    return weights.SHA256[:12]


@cache
def network() -> Network | None:
    """The network, read once in each process; None without the extra."""
    path = weights.installed_path()
    return Network(weights.load(path)) if path else None


def compute_tags(look: Features, net: Network) -> Tags:
    """Two views, their results averaged: the middle, and the whole squeezed into a square."""
    features = net.features(
        np.stack([crop_centre(look.pixels), resize(look.pixels, INPUT_SIDE_PIXELS, INPUT_SIDE_PIXELS)])
    )
    scores = net.probabilities(features).mean(axis=0) @ membership_matrix()
    named = {name: round(float(score), 4) for name, score in zip(GROUPS, scores, strict=True)}
    return Tags(named, features.mean(axis=0).astype(np.float16))


def crop_centre(pixels: Pixels) -> Pixels:
    """The middle 224 x 224 pixels of the picture with a short side of 256."""
    image = pyvips.Image.new_from_array(pixels, interpretation="srgb")
    scaled = image.resize(SHORT_SIDE_PIXELS / min(image.width, image.height), kernel="cubic")
    cut = scaled.crop(
        (scaled.width - INPUT_SIDE_PIXELS) // 2,
        (scaled.height - INPUT_SIDE_PIXELS) // 2,
        INPUT_SIDE_PIXELS,
        INPUT_SIDE_PIXELS,
    )
    found: Pixels = cut.numpy()
    return found
