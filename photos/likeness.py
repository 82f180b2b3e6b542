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
from photos.models import Embedding, Fingerprint, Photo
from photos.models.likeness import Stored, unit

AT_ONCE = 2000  # embeddings in memory, 2.5 KB each
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
    shown = Fingerprint.objects.filter(photo__owner_id=photo.owner_id).exclude(photo__kind=BLANK)
    own = shown.filter(pk=photo.pk).first()
    if own is None:
        return Alike([], [])
    at = Thresholds(**settings.STOPBATH_THRESHOLDS)
    others = list(shown.exclude(pk=photo.pk).values_list("pk", "dhash", "signature"))
    pictures = near(own.dhash, [(key, dhash) for key, dhash, _ in others], at.same_picture_bits)
    candidates = near(own.signature, [(key, sign) for key, _, sign in others], bits_apart(at.same_shot))
    likely = cosines(photo, sorted(candidates.keys() - pictures))
    shots = {key: like for key, like in likely if like > at.same_shot}
    likest_first = sorted(pictures, key=pictures.__getitem__), sorted(shots, key=shots.__getitem__, reverse=True)
    return Alike(*(Photo.objects.loaded(keys[:MOST]) for keys in likest_first))


def near(own: Stored | None, others: Iterable[tuple[int, Stored | None]], most: int) -> dict[int, int]:
    """Photo → in how many bits its mark differs, of those where it is few."""
    known = [(key, mark) for key, mark in others if mark is not None]
    if own is None or not known:
        return {}
    marks = np.frombuffer(b"".join(mark for _, mark in known), dtype=np.uint8).reshape(len(known), -1)
    apart = np.bitwise_count(marks ^ np.frombuffer(own, dtype=np.uint8)).sum(axis=1, dtype=int)
    return {known[at][0]: int(apart[at]) for at in np.flatnonzero(apart <= most)}


def cosines(photo: Photo, candidates: Sequence[int]) -> Iterator[tuple[int, float]]:
    """Each of these photos with the cosine of its embedding."""
    own = Embedding.objects.filter(pk=photo.pk).first()
    if own is None:
        return
    for piece in batched(candidates, AT_ONCE):
        rows = list(Embedding.objects.filter(pk__in=piece).values_list("pk", "numbers"))
        vectors = stacked((unit(numbers) for _, numbers in rows), FEATURES)
        yield from zip((key for key, _ in rows), (vectors @ unit(own.numbers)).tolist(), strict=True)
