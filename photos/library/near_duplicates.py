"""Photos that are nearly the same as another: saved anew, made smaller, cropped, turned, or taken a moment later."""

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

EMBEDDING_BATCH_SIZE = 2000  # embeddings in memory, 2.5 KB each
FINGERPRINT_BATCH_SIZE = 10_000  # fingerprints in memory, some 200 bytes each
MAX_RESULTS = 50  # photos of each sort that are told


@dataclass(frozen=True)
class NearDuplicates:
    """The likest first."""

    same_picture: list[Photo]  # their hashes differ in few bits
    same_shot: list[Photo]  # probably: by the network's numbers

    @property
    def sorts(self) -> list[tuple[str, list[Photo]]]:
        """Both with their names."""
        return [("The same picture", self.same_picture), ("Probably the same shot", self.same_shot)]


class Nearest:
    """The photos that are least far away, of however many are shown to it."""

    def __init__(self) -> None:
        self.found: list[tuple[float, int]] = []  # distance and key

    def add(self, distances: Mapping[int, float]) -> None:
        """Photo → distance."""
        more = ((distance, key) for key, distance in distances.items())
        self.found = heapq.nsmallest(MAX_RESULTS, chain(self.found, more))

    def photos(self) -> list[Photo]:
        """The likest first."""
        return Photo.objects.load([key for _, key in self.found])


def find_near_duplicates(photo: Photo) -> NearDuplicates:
    """What the same person has that is nearly this photo; nothing for one that was not classified.

    The fingerprints of the library are read piece by piece, so that memory does not grow with it.
    """
    library = Photo.objects.filter(owner_id=photo.owner_id, fingerprint__isnull=False).exclude(kind=BLANK)
    if not library.filter(pk=photo.pk).exists():
        return NearDuplicates([], [])
    own = Fingerprint.objects.get(pk=photo.pk)
    embedding = Embedding.objects.filter(pk=photo.pk).first()
    at = Thresholds(**settings.STOPBATH_THRESHOLDS)
    same_picture, same_shot = Nearest(), Nearest()
    for others in read_fingerprints(library.exclude(pk=photo.pk)):
        pictures = bit_distances(own.dhash, ((key, dhash) for key, dhash, _ in others), at.same_picture_bits)
        same_picture.add(pictures)
        if embedding is not None:
            candidates = bit_distances(
                own.signature, ((key, sign) for key, _, sign in others), max_differing_bits(at.same_shot)
            )
            likely = cosine_similarities(unit_vector(embedding.numbers), sorted(candidates.keys() - pictures))
            same_shot.add({key: -like for key, like in likely if like > at.same_shot})
    return NearDuplicates(same_picture.photos(), same_shot.photos())


def read_fingerprints(photos: PhotoQuerySet) -> Iterator[list[tuple[int, StoredBytes | None, StoredBytes | None]]]:
    """Photos with their marks, by their keys: each piece goes on in the index where the one before ended."""
    rows = photos.order_by("pk").values_list("pk", "fingerprint__dhash", "fingerprint__signature")
    last = 0
    while piece := list(rows.filter(pk__gt=last)[:FINGERPRINT_BATCH_SIZE]):
        yield piece
        last = piece[-1][0]


def bit_distances(
    own: StoredBytes | None, others: Iterable[tuple[int, StoredBytes | None]], most: int
) -> dict[int, int]:
    """Photo → in how many bits its mark differs, of those where it is few."""
    known = [(key, mark) for key, mark in others if mark is not None]
    if own is None or not known:
        return {}
    marks = np.frombuffer(b"".join(mark for _, mark in known), dtype=np.uint8).reshape(len(known), -1)
    apart = np.bitwise_count(marks ^ np.frombuffer(own, dtype=np.uint8)).sum(axis=1, dtype=int)
    return {known[at][0]: int(apart[at]) for at in np.flatnonzero(apart <= most)}


def cosine_similarities(own: NDArray[np.float32], candidates: Sequence[int]) -> Iterator[tuple[int, float]]:
    """Each of these photos with the cosine of its embedding."""
    for piece in batched(candidates, EMBEDDING_BATCH_SIZE):
        rows = list(Embedding.objects.filter(pk__in=piece).values_list("pk", "numbers"))
        vectors = stack((unit_vector(numbers) for _, numbers in rows), FEATURE_COUNT)
        yield from zip((key for key, _ in rows), (vectors @ own).tolist(), strict=True)
