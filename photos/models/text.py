"""The text of documents."""

from __future__ import annotations

import unicodedata

from django.db import models, transaction

from photos.models.photo import Photo

# Bytes. PostgreSQL indexes at most a megabyte of words with their places. It keeps a word with a hyphen or an address
# whole and in parts, which takes up to five times the bytes of the text.
MAX_TEXT_BYTES = 200_000


class PhotoText(models.Model):
    """What stands in a document: its own text, or what was read from its picture."""

    photo = models.OneToOneField(Photo, on_delete=models.CASCADE, primary_key=True, related_name="text")
    text = models.TextField()
    source = models.CharField(max_length=100)  # who read it: "pdf", "tesseract", or both
    pages = models.PositiveIntegerField(default=1)  # that were looked at

    def __str__(self) -> str:
        return self.text[:50]

    def keep(self) -> bool:
        """Write it, or nothing where there is no text; False when the photo is gone."""
        text = unicodedata.normalize("NFC", self.text.replace("\0", ""))
        self.text = text.encode(errors="ignore")[:MAX_TEXT_BYTES].decode(errors="ignore")
        with transaction.atomic():
            if not Photo.objects.select_for_update().filter(pk=self.photo_id).exists():
                return False
            if not self.text:
                PhotoText.objects.filter(pk=self.photo_id).delete()
                return True
            fields = ["text", "source", "pages"]
            PhotoText.objects.bulk_create([self], update_conflicts=True, unique_fields=["photo"], update_fields=fields)
        return True
