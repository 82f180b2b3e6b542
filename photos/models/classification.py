"""What classifiers found in a photo, and the corrections of people, which no classifier overwrites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Case, F, Value, When

from photos.classification.kinds import Facts, Shades
from photos.models.likeness import save_fingerprint
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
    classified_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.category or 'no category'} by {self.classifier}"

    def facts(self) -> Facts:
        """What its kind was told from. The photo and its file are loaded."""
        kept, file = self.attributes, self.photo.file
        shades = Shades(**kept["shades"])
        return Facts(file.format, file.width, file.height, kept["camera"], kept["sharpness"], kept["deviation"], shades)

    def keep(self, kind: str, dhash: bytes | None = None, embedding: bytes | None = None) -> bool:
        """Write it, what follows from it for the photo and what that is compared by; False when the photo is gone."""
        with transaction.atomic():
            named = {"kind": kind, "category": unless_corrected(self.category)}
            if not Photo.objects.filter(pk=self.photo_id).update(**named):
                return False
            fields = [field.name for field in self._meta.fields if not field.primary_key]
            Classification.objects.bulk_create(
                [self], update_conflicts=True, unique_fields=["photo"], update_fields=fields
            )
            save_fingerprint(self.photo_id, dhash, embedding)
        return True


def unless_corrected(category: str) -> Any:
    """The category for an UPDATE of photos: what a person has said stays."""
    return Case(When(corrected_at=None, then=Value(category)), default=F("category"))


UPDATE_PHOTO_SQL = "UPDATE photos_photo SET kind = %s, category = %s WHERE id = %s AND corrected_at IS NULL"
UPDATE_CLASSIFICATION_SQL = """
UPDATE photos_classification SET category = %s, score = %s, classifier = %s, version = %s WHERE photo_id = %s
"""


def save_decisions(results: Mapping[int, Mapping[str, Any]]) -> None:
    """Write what was decided anew, by photo: in the order of their keys, as everybody does who writes several."""
    ordered = sorted(results.items())
    with connection.cursor() as cursor:
        cursor.executemany(UPDATE_PHOTO_SQL, [(made["kind"], made["category"], photo) for photo, made in ordered])
        facts = ("category", "score", "classifier", "version")
        cursor.executemany(
            UPDATE_CLASSIFICATION_SQL, [(*(made[fact] for fact in facts), photo) for photo, made in ordered]
        )
