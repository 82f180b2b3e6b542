"""The text of documents, for the full-text search."""

from __future__ import annotations

import unicodedata

from django.db import models, transaction

from photos.models.photo import Photo

# PostgreSQL indexes at most a megabyte of words and positions. It indexes a hyphenated word or an address as a whole
# and in parts, which takes up to five times the bytes of the text.
MAX_TEXT_BYTES = 200_000


class PhotoText(models.Model):
    """The text of a document: a PDF's own text, or what OCR recognised."""

    photo = models.OneToOneField(Photo, on_delete=models.CASCADE, primary_key=True, related_name="text")
    text = models.TextField()
    source = models.CharField(max_length=100)  # "pdf", "tesseract", or both
    pages = models.PositiveIntegerField(default=1)  # that were read

    def __str__(self) -> str:
        return self.text[:50]

    def keep(self) -> bool:
        """Save the text, or delete the row if there is none; False if the photo was deleted."""
        text = unicodedata.normalize("NFC", self.text.replace("\0", ""))
        self.text = text.encode(errors="ignore")[:MAX_TEXT_BYTES].decode(errors="ignore")
        with transaction.atomic():
            # Locked: if the photo were deleted in between, the insert would fail.
            if not Photo.objects.select_for_update().filter(pk=self.photo_id).exists():
                return False
            if not self.text:
                PhotoText.objects.filter(pk=self.photo_id).delete()
                return True
            fields = ["text", "source", "pages"]
            PhotoText.objects.bulk_create([self], update_conflicts=True, unique_fields=["photo"], update_fields=fields)
        return True
