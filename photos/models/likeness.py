"""Hashes and embeddings of photos, in narrow tables of their own: a comparison reads a whole library."""

from __future__ import annotations

import numpy as np
from django.db import models
from numpy.typing import NDArray

from photos.classification.learning import signature
from photos.models.photo import Photo

type StoredBytes = bytes | memoryview[int]  # SQLite returns bytes, PostgreSQL a memoryview


class Fingerprint(models.Model):
    """Hashes of a photo; photos that are alike share most bits."""

    photo = models.OneToOneField(Photo, on_delete=models.CASCADE, primary_key=True, related_name="fingerprint")
    dhash = models.BinaryField(null=True)  # 64 bits, of the picture
    signature = models.BinaryField(null=True)  # 256 bits, of the embedding

    def __str__(self) -> str:
        return bytes(self.dhash or b"").hex()


class Embedding(models.Model):
    """The network's features of a photo, read only for the few photos that are compared closely."""

    photo = models.OneToOneField(Photo, on_delete=models.CASCADE, primary_key=True, related_name="embedding")
    numbers = models.BinaryField()  # 1,280 float16

    def __str__(self) -> str:
        return f"{len(self.numbers) // 2} numbers"


def save_fingerprint(photo_id: int, dhash: bytes | None, embedding: bytes | None) -> None:
    """Save or replace the hashes of a photo and its embedding (1,280 float16); None deletes the embedding."""
    sign = signature(unit_vector(embedding)) if embedding else None
    fingerprint = Fingerprint(photo_id=photo_id, dhash=dhash, signature=sign)
    Fingerprint.objects.bulk_create(
        [fingerprint], update_conflicts=True, unique_fields=["photo"], update_fields=["dhash", "signature"]
    )
    if embedding is None:
        Embedding.objects.filter(pk=photo_id).delete()
    else:
        row = Embedding(photo_id=photo_id, numbers=embedding)
        Embedding.objects.bulk_create([row], update_conflicts=True, unique_fields=["photo"], update_fields=["numbers"])


def unit_vector(embedding: StoredBytes) -> NDArray[np.float32]:
    """A stored embedding (float16) as a vector of length 1."""
    vector = np.frombuffer(embedding, dtype=np.float16).astype(np.float32)
    unit: NDArray[np.float32] = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return unit
