"""What photos are compared by. In tables of their own: a library is looked through row by row, so rows are narrow."""

from __future__ import annotations

import numpy as np
from django.db import models
from numpy.typing import NDArray

from photos.classification.learning import signature
from photos.models.photo import Photo

type StoredBytes = bytes | memoryview[int]  # as databases give it


class Fingerprint(models.Model):
    """Some dozens of bytes, of which photos that are alike share most bits."""

    photo = models.OneToOneField(Photo, on_delete=models.CASCADE, primary_key=True, related_name="fingerprint")
    dhash = models.BinaryField(null=True)  # 64 bits, of the picture
    signature = models.BinaryField(null=True)  # 256 bits, of the embedding

    def __str__(self) -> str:
        return bytes(self.dhash or b"").hex()


class Embedding(models.Model):
    """What the network makes of a photo: looked at only for the few that are compared in earnest."""

    photo = models.OneToOneField(Photo, on_delete=models.CASCADE, primary_key=True, related_name="embedding")
    numbers = models.BinaryField()  # 1,280 float16

    def __str__(self) -> str:
        return f"{len(self.numbers) // 2} numbers"


def save_fingerprint(photo_id: int, dhash: bytes | None, embedding: bytes | None) -> None:
    """Write what a photo is compared by, over what was known of it."""
    sign = signature(unit_vector(embedding)) if embedding else None
    marks = Fingerprint(photo_id=photo_id, dhash=dhash, signature=sign)
    Fingerprint.objects.bulk_create(
        [marks], update_conflicts=True, unique_fields=["photo"], update_fields=["dhash", "signature"]
    )
    if embedding is None:
        Embedding.objects.filter(pk=photo_id).delete()
    else:
        row = Embedding(photo_id=photo_id, numbers=embedding)
        Embedding.objects.bulk_create([row], update_conflicts=True, unique_fields=["photo"], update_fields=["numbers"])


def unit_vector(embedding: StoredBytes) -> NDArray[np.float32]:
    """Stored numbers as a vector of length 1."""
    vector = np.frombuffer(embedding, dtype=np.float16).astype(np.float32)
    found: NDArray[np.float32] = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return found
