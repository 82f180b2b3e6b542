"""Finds near-duplicates of a photo: saved again, resized, cropped, mirrored, or taken a moment later."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched, chain

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from photos.classification.kinds import BLANK
from photos.classification.learning import max_differing_bits, stack
from photos.classification.network import FEATURE_COUNT
from photos.classification.thresholds import Thresholds
from photos.models import Embedding, Fingerprint, Photo
from photos.models.likeness import StoredBytes, unit_vector
from photos.models.photo import PhotoQuerySet

EMBEDDING_BATCH_SIZE = 2000  # 2.5 KB each
FINGERPRINT_BATCH_SIZE = 10_000  # some 200 bytes each
MAX_RESULTS = 50  # photos of each list


@dataclass(frozen=True)
class NearDuplicates:
    """Near-duplicates of a photo, each list sorted by likeness."""

    same_picture: list[Photo]  # their hashes differ in few bits
    same_shot: list[Photo]  # probably: their embeddings are alike

    @property
    def sorts(self) -> list[tuple[str, list[Photo]]]:
        """Both lists with their titles."""
        return [("The same picture", self.same_picture), ("Probably the same shot", self.same_shot)]


class Nearest:
    """Collects the `MAX_RESULTS` photos of least distance."""

    def __init__(self) -> None:
        self.pairs: list[tuple[float, int]] = []  # distance and key

    def add(self, distances: Mapping[int, float]) -> None:
        """Add photos: primary key → distance."""
        more = ((distance, key) for key, distance in distances.items())
        self.pairs = heapq.nsmallest(MAX_RESULTS, chain(self.pairs, more))

    def photos(self) -> list[Photo]:
        """The collected photos, the nearest first."""
        return Photo.objects.load([key for _, key in self.pairs])


def find_near_duplicates(photo: Photo) -> NearDuplicates:
    """Near-duplicates of a photo in its owner's library; empty for a photo without a classification.

    Fingerprints are read in batches, so that memory does not grow with the library.
    """
    library = Photo.objects.filter(owner_id=photo.owner_id, fingerprint__isnull=False).exclude(kind=BLANK)
    if not library.filter(pk=photo.pk).exists():
        return NearDuplicates([], [])
    own = Fingerprint.objects.get(pk=photo.pk)
    embedding = Embedding.objects.filter(pk=photo.pk).first()
    thresholds = Thresholds(**settings.STOPBATH_THRESHOLDS)
    same_picture, same_shot = Nearest(), Nearest()
    for others in read_fingerprints(library.exclude(pk=photo.pk)):
        pictures = bit_distances(own.dhash, ((key, dhash) for key, dhash, _ in others), thresholds.same_picture_bits)
        same_picture.add(pictures)
        if embedding is not None:
            candidates = bit_distances(
                own.signature, ((key, sign) for key, _, sign in others), max_differing_bits(thresholds.same_shot)
            )
            likely = cosine_similarities(unit_vector(embedding.numbers), sorted(candidates.keys() - pictures))
            same_shot.add({key: -like for key, like in likely if like > thresholds.same_shot})
    return NearDuplicates(same_picture.photos(), same_shot.photos())


def read_fingerprints(photos: PhotoQuerySet) -> Iterator[list[tuple[int, StoredBytes | None, StoredBytes | None]]]:
    """Batches of (key, dhash, signature); each query continues in the index after the last key of the one before."""
    rows = photos.order_by("pk").values_list("pk", "fingerprint__dhash", "fingerprint__signature")
    last = 0
    while piece := list(rows.filter(pk__gt=last)[:FINGERPRINT_BATCH_SIZE]):
        yield piece
        last = piece[-1][0]


def bit_distances(
    own: StoredBytes | None, others: Iterable[tuple[int, StoredBytes | None]], limit: int
) -> dict[int, int]:
    """Photo → Hamming distance to `own` in bits, for photos within `limit`; empty if `own` is None."""
    rows = [(key, mark) for key, mark in others if mark is not None]
    if own is None or not rows:
        return {}
    marks = np.frombuffer(b"".join(mark for _, mark in rows), dtype=np.uint8).reshape(len(rows), -1)
    distances = np.bitwise_count(marks ^ np.frombuffer(own, dtype=np.uint8)).sum(axis=1, dtype=int)
    return {rows[at][0]: int(distances[at]) for at in np.flatnonzero(distances <= limit)}


def cosine_similarities(own: NDArray[np.float32], candidates: Sequence[int]) -> Iterator[tuple[int, float]]:
    """Pairs of photo and cosine similarity (-1 to 1) of its embedding to `own`, a vector of length 1."""
    for piece in batched(candidates, EMBEDDING_BATCH_SIZE):
        rows = list(Embedding.objects.filter(pk__in=piece).values_list("pk", "numbers"))
        vectors = stack((unit_vector(numbers) for _, numbers in rows), FEATURE_COUNT)
        yield from zip((key for key, _ in rows), (vectors @ own).tolist(), strict=True)
