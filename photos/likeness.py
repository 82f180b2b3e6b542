"""Photos that are nearly the same as another: saved anew, made smaller, cropped, turned, or taken a moment later."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched

import numpy as np
from django.conf import settings

from photos.classification.kinds import BLANK
from photos.classification.learning import bits_apart, stacked
from photos.classification.network import FEATURES
from photos.classification.thresholds import Thresholds
from photos.models import Classification, Photo
from photos.models.classification import unit

AT_ONCE = 2000  # embeddings in memory, 2.5 KB each
DHASH, SIGNATURE = 0, 1  # columns of the table
MOST = 50  # photos of each sort that are told


@dataclass(frozen=True)
class Alike:
    """The likest first."""

    same_picture: list[Photo]  # their hashes differ in few bits
    same_shot: list[Photo]  # probably: by the network's numbers

    @property
    def sorts(self) -> list[tuple[str, list[Photo]]]:
        """Both with their names."""
        return [("The same picture", self.same_picture), ("Probably the same shot", self.same_shot)]


def alike(photo: Photo) -> Alike:
    """What the same person has that is nearly this photo; nothing for one that was not classified."""
    own = Classification.objects.filter(pk=photo.pk).exclude(photo__kind=BLANK).first()
    if own is None:
        return Alike([], [])
    at = Thresholds(**settings.STOPBATH_THRESHOLDS)
    others = Classification.objects.filter(photo__owner_id=photo.owner_id).exclude(pk=photo.pk)
    table = Table(others.exclude(photo__kind=BLANK).values_list("pk", "dhash", "signature"))
    pictures = table.near(DHASH, own.dhash, at.same_picture_bits)
    candidates = table.near(SIGNATURE, own.signature, bits_apart(at.same_shot)).keys() - pictures
    shots = {key: like for key, like in cosines(own, sorted(candidates)) if like > at.same_shot}
    likest_first = sorted(pictures, key=pictures.__getitem__), sorted(shots, key=shots.__getitem__, reverse=True)
    return Alike(*(Photo.objects.loaded(keys[:MOST]) for keys in likest_first))


class Table:
    """The hashes of all photos of a person: some dozens of bytes each, and looked through in no time."""

    def __init__(self, rows: Iterable[tuple[int, int | None, int | None]]) -> None:
        columns = list(zip(*rows, strict=True)) or [(), (), ()]
        self.keys = np.array(columns[0], dtype=np.int64)
        self.columns = [[0 if bits is None else bits for bits in column] for column in columns[1:]]
        self.known = [np.array([bits is not None for bits in column], dtype=bool) for column in columns[1:]]

    def near(self, column: int, own: int | None, most: int) -> dict[int, int]:
        """Photo → in how many bits its hash differs, of those where it is few."""
        if own is None:
            return {}
        bits = np.array(self.columns[column], dtype=np.int64)
        apart = np.bitwise_count((bits ^ np.int64(own)).view(np.uint64))
        near = self.known[column] & (apart <= most)
        return dict(zip(self.keys[near].tolist(), apart[near].tolist(), strict=True))


def cosines(own: Classification, candidates: Sequence[int]) -> Iterator[tuple[int, float]]:
    """Each of these photos with the cosine of its embedding."""
    vector = own.vector
    if vector is None:
        return
    for piece in batched(candidates, AT_ONCE):
        rows = list(Classification.objects.filter(pk__in=piece).values_list("pk", "embedding"))
        vectors = stacked((unit(embedding or b"") for _, embedding in rows), FEATURES)
        yield from zip((key for key, _ in rows), (vectors @ vector).tolist(), strict=True)
