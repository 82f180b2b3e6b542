"""The group that a photo shows, one of 24, with a probability for each."""

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
SHORT_SIDE_PIXELS = 256  # of the picture whose middle is cut out


@dataclass(frozen=True)
class Tags:
    """The probability of each group, and the embedding by which pictures are compared."""

    scores: dict[str, float]
    embedding: NDArray[np.float16]

    @property
    def best(self) -> str:
        """The most probable group, however improbable."""
        return max(self.scores, key=self.scores.__getitem__)


def version() -> str:
    """The version that is stored with a result: it changes with the network's weights."""
    return weights.SHA256[:12]


@cache
def network() -> Network | None:
    """The network, loaded once in each process; None without the extra `tags`."""
    path = weights.installed_path()
    return Network(weights.load(path)) if path else None


def compute_tags(features: Features, net: Network) -> Tags:
    """Average the results of two views: the central square, and the full picture squeezed into a square."""
    vectors = net.features(
        np.stack([crop_centre(features.pixels), resize(features.pixels, INPUT_SIDE_PIXELS, INPUT_SIDE_PIXELS)])
    )
    scores = net.probabilities(vectors).mean(axis=0) @ membership_matrix()
    rounded = {name: round(float(score), 4) for name, score in zip(GROUPS, scores, strict=True)}
    return Tags(rounded, vectors.mean(axis=0).astype(np.float16))


def crop_centre(pixels: Pixels) -> Pixels:
    image = pyvips.Image.new_from_array(pixels, interpretation="srgb")
    scaled = image.resize(SHORT_SIDE_PIXELS / min(image.width, image.height), kernel="cubic")
    left, top = (scaled.width - INPUT_SIDE_PIXELS) // 2, (scaled.height - INPUT_SIDE_PIXELS) // 2
    cut = scaled.crop(left, top, INPUT_SIDE_PIXELS, INPUT_SIDE_PIXELS)
    found: Pixels = cut.numpy()
    return found
