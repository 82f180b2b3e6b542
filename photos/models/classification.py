"""What classifiers found in a photo, and the corrections of people, which no classifier overwrites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.db import connection, models, transaction
from django.db.models import Case, F, Value, When
from numpy.typing import NDArray

from photos.classification.kinds import Facts, Shades
from photos.models.photo import Photo


class Classification(models.Model):
    """The latest result for one photo. The raw scores are kept, so that thresholds can change without its file."""

    photo = models.OneToOneField(Photo, on_delete=models.CASCADE, primary_key=True, related_name="classification")
    classifier = models.CharField(max_length=100)  # who named the category
    version = models.CharField(max_length=100)
    category = models.CharField(max_length=100, blank=True)  # as the classifier has it; empty when it abstained
    score = models.FloatField(null=True)  # 0 to 1, of the category or of what came nearest to one
    scores = models.JSONField(default=dict)  # category → score, of all that the network knows
    attributes = models.JSONField(default=dict)  # figure → value
    dhash = models.BigIntegerField(null=True)  # 64 bits, signed as the database has them
    embedding = models.BinaryField(null=True)  # 1,280 float16
    signature = models.BigIntegerField(null=True)  # 64 bits, of which similar embeddings share most
    classified_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.category or 'no category'} by {self.classifier}"

    @property
    def vector(self) -> NDArray[np.float32] | None:
        """The embedding as numbers, of length 1."""
        return unit(self.embedding) if self.embedding else None

    def facts(self) -> Facts:
        """What its kind was told from. The photo and its file are loaded."""
        kept, file = self.attributes, self.photo.file
        shades = Shades(**kept["shades"])
        return Facts(file.format, file.width, file.height, kept["camera"], kept["sharpness"], kept["deviation"], shades)

    def keep(self, kind: str) -> bool:
        """Write it and what follows from it for the photo; False when the photo is gone."""
        with transaction.atomic():
            named = {"kind": kind, "category": unless_corrected(self.category)}
            if not Photo.objects.filter(pk=self.photo_id).update(**named):
                return False
            fields = [field.name for field in self._meta.fields if not field.primary_key]
            Classification.objects.bulk_create(
                [self], update_conflicts=True, unique_fields=["photo"], update_fields=fields
            )
        return True


def unless_corrected(category: str) -> Any:
    """The category for an UPDATE of photos: what a person has said stays."""
    return Case(When(corrected_at=None, then=Value(category)), default=F("category"))


def unit(embedding: bytes | memoryview) -> NDArray[np.float32]:
    """Stored numbers as a vector of length 1."""
    vector = np.frombuffer(embedding, dtype=np.float16).astype(np.float32)
    found: NDArray[np.float32] = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return found


def signed(bits: int) -> int:
    """64 bits as a database keeps them."""
    return bits - (1 << 64) if bits >> 63 else bits


NAME = "UPDATE photos_photo SET kind = %s, category = %s WHERE id = %s AND corrected_at IS NULL"
DECIDE = """
UPDATE photos_classification SET category = %s, score = %s, classifier = %s, version = %s WHERE photo_id = %s
"""


def keep_decisions(results: Mapping[int, Mapping[str, Any]]) -> None:
    """Write what was decided anew, by photo: in the order of their keys, as everybody does who writes several."""
    ordered = sorted(results.items())
    with connection.cursor() as cursor:
        cursor.executemany(NAME, [(made["kind"], made["category"], photo) for photo, made in ordered])
        facts = ("category", "score", "classifier", "version")
        cursor.executemany(DECIDE, [(*(made[fact] for fact in facts), photo) for photo, made in ordered])
