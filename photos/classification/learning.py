"""What corrections teach: pictures like a corrected one, and documents with the words of corrected ones."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLASSIFIER = "learnt"
WORD = re.compile(r"[^\W\d_]{3,}")
MAX_CHARACTERS = 20_000  # characters of a document
PLANES_SEED, SIGNATURE_BITS = 2026, 256  # of the planes: another one, or more of them, would make all signatures void

type Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Match:
    """The category that came nearest, and how near: a cosine."""

    category: str
    score: float


@dataclass(frozen=True)
class Neighbours:
    """Corrected pictures, by their embeddings of length 1, one a row."""

    categories: Sequence[str]
    vectors: Vectors

    def nearest(self, vectors: Vectors) -> list[Match]:
        """For each row of vectors, the category of the corrected picture that is most alike."""
        if not self.categories:
            return [Match("", 0.0)] * len(vectors)
        cosines = vectors @ self.vectors.T
        best = cosines.argmax(axis=1)
        return [Match(self.categories[at], float(cosines[row, at])) for row, at in enumerate(best)]


@dataclass(frozen=True)
class Centroids:
    """Corrected documents: the mean of their words for each category.

    Words count by the logarithm of how often they come and by how few documents have them (tf-idf, as in Manning,
    Raghavan and Schütze, "Introduction to Information Retrieval", 2008, 6.2); a category is the direction of its mean
    (14.2, Rocchio).
    """

    rarity: Mapping[str, float]
    unknown: float  # the rarity of a word that no corrected document has
    means: Mapping[str, Mapping[str, float]]  # category → word → weight, of length 1

    @classmethod
    def from_examples(cls, examples: Sequence[tuple[str, str]]) -> "Centroids":
        """From pairs of category and text."""
        counted = [(category, count_words(text)) for category, text in examples]
        spread = Counter(word for _, words in counted for word in words)
        rarity = {word: math.log((1 + len(counted)) / (1 + number)) + 1 for word, number in spread.items()}
        found = cls(rarity, math.log(1 + len(counted)) + 1, {})
        sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for category, words in counted:
            sums[category].update(normalise(found.weights(words)))
        return cls(rarity, found.unknown, {category: normalise(total) for category, total in sums.items()})

    def nearest(self, text: str) -> Match:
        """The category whose documents use the words of this one; an empty one with 0 when there is none."""
        weights = normalise(self.weights(count_words(text)))
        scores = {category: dot(weights, mean) for category, mean in self.means.items()}
        best = max(scores, key=scores.__getitem__, default="")
        return Match(best, scores.get(best, 0.0))

    def weights(self, words: Mapping[str, int]) -> dict[str, float]:
        """How much each word counts."""
        return {word: (1 + math.log(number)) * self.rarity.get(word, self.unknown) for word, number in words.items()}


@cache
def planes(width: int) -> Vectors:
    """Planes through the origin, the same ones always."""
    # Not default_rng: only the numbers of RandomState never change with NumPy (NEP 19).
    return np.random.RandomState(PLANES_SEED).standard_normal((width, SIGNATURE_BITS)).astype(np.float32)


def signature(vector: NDArray[Any]) -> bytes:
    """On which side of each plane a vector lies: two that enclose an angle differ in about BITS · angle / 180° bits.

    M. Charikar, "Similarity estimation techniques from rounding algorithms", 2002.
    """
    return np.packbits(vector.astype(np.float32) @ planes(len(vector)) > 0).tobytes()


def max_differing_bits(cosine: float) -> int:
    """In how many bits of their signatures two vectors with that cosine differ at most, but for one in a thousand."""
    share = math.acos(max(-1.0, min(1.0, cosine))) / math.pi
    return math.ceil(SIGNATURE_BITS * share + 3.1 * math.sqrt(SIGNATURE_BITS * share * (1 - share)))


def count_words(text: str) -> Counter[str]:
    """How often each word comes, whatever its case."""
    return Counter(word.casefold() for word in WORD.findall(text[:MAX_CHARACTERS]))


def normalise(weights: Mapping[str, float]) -> dict[str, float]:
    """The same direction, of length 1."""
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {word: weight / length for word, weight in weights.items()}


def dot(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The scalar product."""
    return sum(weight * other[word] for word, weight in one.items() if word in other)


def stack(vectors: Iterable[Vectors], width: int) -> Vectors:
    """Vectors as the rows of a matrix, which may have none."""
    rows = list(vectors)
    return np.stack(rows) if rows else np.zeros((0, width), dtype=np.float32)
