"""Categories from corrections: pictures similar to a corrected one, documents with the words of corrected ones."""

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
MAX_CHARACTERS = 20_000  # of a document
PLANES_SEED, SIGNATURE_BITS = 2026, 256  # stored signatures depend on both: a change makes them void

type Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Match:
    """The nearest category, and its cosine."""

    category: str
    score: float


@dataclass(frozen=True)
class Neighbours:
    """Corrected pictures: one embedding of length 1 a row, with the category of each row."""

    categories: Sequence[str]
    vectors: Vectors

    def nearest(self, vectors: Vectors) -> list[Match]:
        """For each row of vectors, the category of the most similar corrected picture; empty with 0 without any."""
        if not self.categories:
            return [Match("", 0.0)] * len(vectors)
        cosines = vectors @ self.vectors.T
        best = cosines.argmax(axis=1)
        return [Match(self.categories[at], float(cosines[row, at])) for row, at in enumerate(best)]


@dataclass(frozen=True)
class Centroids:
    """Corrected documents: the mean of their words for each category.

    A word's weight is the logarithm of its count by its rarity among documents (tf-idf, as in Manning, Raghavan and
    Schütze, "Introduction to Information Retrieval", 2008, 6.2). A category is the direction of its mean (14.2,
    Rocchio).
    """

    rarity: Mapping[str, float]
    unknown: float  # rarity of a word in no corrected document
    means: Mapping[str, Mapping[str, float]]  # category → word → weight, of length 1

    @classmethod
    def from_examples(cls, examples: Sequence[tuple[str, str]]) -> "Centroids":
        """Learn from pairs of category and text."""
        word_counts = [(category, count_words(text)) for category, text in examples]
        spread = Counter(word for _, words in word_counts for word in words)
        rarity = {word: math.log((1 + len(word_counts)) / (1 + number)) + 1 for word, number in spread.items()}
        weighting = cls(rarity, math.log(1 + len(word_counts)) + 1, {})
        sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for category, words in word_counts:
            sums[category].update(normalise(weighting.weights(words)))
        return cls(rarity, weighting.unknown, {category: normalise(total) for category, total in sums.items()})

    def nearest(self, text: str) -> Match:
        """The category whose documents use the words of this text; an empty one with 0 without any category."""
        weights = normalise(self.weights(count_words(text)))
        scores = {category: dot(weights, mean) for category, mean in self.means.items()}
        best = max(scores, key=scores.__getitem__, default="")
        return Match(best, scores.get(best, 0.0))

    def weights(self, words: Mapping[str, int]) -> dict[str, float]:
        return {word: (1 + math.log(number)) * self.rarity.get(word, self.unknown) for word, number in words.items()}


@cache
def planes(width: int) -> Vectors:
    """`SIGNATURE_BITS` planes through the origin of a space of that width, always the same ones."""
    # Not default_rng: only the numbers of RandomState never change with NumPy (NEP 19).
    return np.random.RandomState(PLANES_SEED).standard_normal((width, SIGNATURE_BITS)).astype(np.float32)


def signature(vector: NDArray[Any]) -> bytes:
    """The side of each plane on which a vector lies, a bit each: two vectors at an angle differ in about
    SIGNATURE_BITS · angle / 180° bits.

    M. Charikar, "Similarity estimation techniques from rounding algorithms", 2002.
    """
    return np.packbits(vector.astype(np.float32) @ planes(len(vector)) > 0).tobytes()


def max_differing_bits(cosine: float) -> int:
    """The bits in which signatures of two vectors with that cosine differ at most, but for one pair in a thousand."""
    share = math.acos(max(-1.0, min(1.0, cosine))) / math.pi
    return math.ceil(SIGNATURE_BITS * share + 3.1 * math.sqrt(SIGNATURE_BITS * share * (1 - share)))


def count_words(text: str) -> Counter[str]:
    """Count the words of three letters and more, casefolded, in the first `MAX_CHARACTERS` characters."""
    return Counter(word.casefold() for word in WORD.findall(text[:MAX_CHARACTERS]))


def normalise(weights: Mapping[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {word: weight / length for word, weight in weights.items()}


def dot(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return sum(weight * other[word] for word, weight in one.items() if word in other)


def stack(vectors: Iterable[Vectors], width: int) -> Vectors:
    """Stack vectors as the rows of a matrix of that width, which may have no row."""
    rows = list(vectors)
    return np.stack(rows) if rows else np.zeros((0, width), dtype=np.float32)
