"""Photos that are nearly the same as another: saved anew, made smaller, cropped, turned, or taken a moment later."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched

import numpy as np
from django.conf import settings
from django.db.models import QuerySet

from photos.classification.learning import stacked
from photos.classification.network import FEATURES
from photos.classification.thresholds import Thresholds
from photos.models import Classification, Photo
from photos.models.classification import unit

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
    own = Classification.objects.filter(pk=photo.pk).exclude(photo__kind="blank").first()
    if own is None:
        return Alike([], [])
    at = Thresholds(**settings.STOPBATH_THRESHOLDS)
    others = Classification.objects.filter(photo__owner_id=photo.owner_id).exclude(pk=photo.pk)
    pictures = {key: apart for key, apart in hashes(own, others) if apart <= at.same_picture_bits}
    shots = {key: like for key, like in cosines(own, others) if like > at.same_shot and key not in pictures}
    return Alike(
        loaded(sorted(pictures, key=pictures.__getitem__)), loaded(sorted(shots, key=shots.__getitem__, reverse=True))
    )


def hashes(own: Classification, others: QuerySet[Classification]) -> Iterable[tuple[int, int]]:
    """Each photo with the number of bits in which its hash differs."""
    known = others.exclude(dhash=None).exclude(photo__kind="blank")
    table = np.array(list(known.values_list("pk", "dhash")), dtype=np.int64).reshape(-1, 2)
    if own.dhash is None:
        return []
    apart = np.bitwise_count((table[:, 1] ^ np.int64(own.dhash)).view(np.uint64))
    return zip(table[:, 0].tolist(), apart.tolist(), strict=True)


def cosines(own: Classification, others: QuerySet[Classification]) -> Iterator[tuple[int, float]]:
    """Each photo with the cosine of its embedding."""
    vector = own.vector
    if vector is None:
        return
    rows = others.exclude(embedding=None).values_list("pk", "embedding").iterator(AT_ONCE)
    for piece in batched(rows, AT_ONCE):
        vectors = stacked((unit(embedding or b"") for _, embedding in piece), FEATURES)
        yield from zip((key for key, _ in piece), (vectors @ vector).tolist(), strict=True)


def loaded(keys: list[int]) -> list[Photo]:
    """The photos, in that order."""
    found = Photo.objects.select_related("file", "set").in_bulk(keys[:MOST])
    return [found[key] for key in keys[:MOST] if key in found]
