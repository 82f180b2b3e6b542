"""The results of the classifiers, and corrections by users, which no classifier overwrites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Case, F, Value, When

from photos.classification.kinds import Facts, Shades
from photos.models.likeness import save_fingerprint
from photos.models.photo import MAX_CATEGORY_CHARACTERS, Photo
from photos.models.vision import MAX_MODEL_CHARACTERS


class Classification(models.Model):
    """The latest result for one photo. Raw scores are stored, so that thresholds can change without the file."""

    photo = models.OneToOneField(Photo, on_delete=models.CASCADE, primary_key=True, related_name="classification")
    classifier = models.CharField(max_length=MAX_MODEL_CHARACTERS)  # that chose the category
    version = models.CharField(max_length=MAX_MODEL_CHARACTERS)
    category = models.CharField(max_length=MAX_CATEGORY_CHARACTERS, blank=True)  # empty if the classifier abstained
    score = models.FloatField(null=True)  # 0 to 1, of the category or else of the nearest one
    scores = models.JSONField(default=dict)  # category → score, of all categories of the network
    attributes = models.JSONField(default=dict)  # figure → value
    classified_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.category or 'no category'} by {self.classifier}"

    def facts(self) -> Facts:
        """The facts that decide the kind. `photo` and its file must be loaded."""
        attributes, file = self.attributes, self.photo.file
        shades = Shades(**attributes["shades"])
        camera, sharpness, deviation = attributes["camera"], attributes["sharpness"], attributes["deviation"]
        return Facts(file.format, file.width, file.height, camera, sharpness, deviation, shades)

    def keep(self, kind: str, dhash: bytes | None = None, embedding: bytes | None = None) -> bool:
        """Save the result, the photo's kind and category, and its fingerprint; False if the photo was deleted."""
        with transaction.atomic():
            changes = {"kind": kind, "category": unless_corrected(self.category)}
            if not Photo.objects.filter(pk=self.photo_id).update(**changes):
                return False
            fields = [field.name for field in self._meta.fields if not field.primary_key]
            Classification.objects.bulk_create(
                [self], update_conflicts=True, unique_fields=["photo"], update_fields=fields
            )
            save_fingerprint(self.photo_id, dhash, embedding)
        return True


def unless_corrected(category: str) -> Any:
    """The category as an expression for an UPDATE of photos, which leaves a user's correction unchanged."""
    return Case(When(corrected_at=None, then=Value(category)), default=F("category"))


UPDATE_PHOTO_SQL = "UPDATE photos_photo SET kind = %s, category = %s WHERE id = %s AND corrected_at IS NULL"
UPDATE_CLASSIFICATION_SQL = """
UPDATE photos_classification SET category = %s, score = %s, classifier = %s, version = %s WHERE photo_id = %s
"""


def save_decisions(results: Mapping[int, Mapping[str, Any]]) -> None:
    """Save new decisions: photo → "kind", "category", "score", "classifier", "version".

    Rows are written in the order of their keys: all writers of several photos lock in this order.
    """
    ordered = sorted(results.items())
    with connection.cursor() as cursor:
        cursor.executemany(
            UPDATE_PHOTO_SQL, [(decision["kind"], decision["category"], photo) for photo, decision in ordered]
        )
        facts = ("category", "score", "classifier", "version")
        cursor.executemany(
            UPDATE_CLASSIFICATION_SQL, [(*(decision[fact] for fact in facts), photo) for photo, decision in ordered]
        )
