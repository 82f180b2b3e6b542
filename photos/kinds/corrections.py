"""Loads a user's corrections from the database, as examples for classification; no file is opened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Count, Max
from django.db.models.functions import Left

from photos.classification.learning import MAX_CHARACTERS, Centroids, Match, Neighbours, stack
from photos.classification.network import FEATURE_COUNT
from photos.models import Embedding, Photo, PhotoText
from photos.models.likeness import StoredBytes, unit_vector

MAX_CORRECTIONS = 2000  # the latest: more cost memory and improve little
MAX_TEXTS = 500


@dataclass(frozen=True)
class Corrections:
    """The latest corrections of one user, by embedding and by text."""

    neighbours: Neighbours
    centroids: Centroids
    version: str  # stored with each decision

    def match(self, embeddings: Mapping[int, StoredBytes]) -> dict[int, Match]:
        """Photo → its nearest corrected photo; one matrix product for all embeddings."""
        matches = self.neighbours.nearest(stack(map(unit_vector, embeddings.values()), FEATURE_COUNT))
        return dict(zip(embeddings, matches, strict=True))

    def match_stored(self, photos: Iterable[int]) -> dict[int, Match]:
        """Photo → its nearest corrected photo, from stored embeddings; empty if there are no corrections."""
        if not self.neighbours.categories:
            return {}
        return self.match(dict(Embedding.objects.filter(pk__in=photos).values_list("pk", "numbers")))


def load_corrections(owner_id: int | None) -> Corrections:
    """The corrections up to now; cached until the user corrects another photo."""
    corrected = Photo.objects.filter(owner_id=owner_id, corrected_at__isnull=False)
    mark = corrected.aggregate(at=Max("corrected_at"), number=Count("pk"))
    return read_corrections(owner_id, mark["at"], mark["number"])


@lru_cache(maxsize=2)
def read_corrections(owner_id: int | None, at: datetime | None, number: int) -> Corrections:
    """Read the latest corrections; `at` and `number` are the key of the cache."""
    pictures = Embedding.objects.filter(photo__owner_id=owner_id, photo__corrected_at__isnull=False)
    examples = pictures.order_by("-photo__corrected_at").values_list("photo__category", "numbers")[:MAX_CORRECTIONS]
    categories, vectors = (
        [category for category, _ in examples],
        stack((unit_vector(numbers) for _, numbers in examples), FEATURE_COUNT),
    )
    texts = PhotoText.objects.filter(photo__owner_id=owner_id, photo__corrected_at__isnull=False)
    excerpts = texts.order_by("-photo__corrected_at").annotate(beginning=Left("text", MAX_CHARACTERS))
    centroids = Centroids.from_examples(list(excerpts.values_list("photo__category", "beginning")[:MAX_TEXTS]))
    return Corrections(Neighbours(categories, vectors), centroids, f"corrections: {number}")


def text_beginnings(photos: Iterable[int]) -> dict[int, str]:
    """Photo → the beginning of its text, for photos that have a text."""
    texts = PhotoText.objects.filter(pk__in=photos).annotate(beginning=Left("text", MAX_CHARACTERS))
    return dict(texts.values_list("pk", "beginning"))
