"""The text of documents, and how it is searched: by the beginnings of words, through an index of the database."""

from __future__ import annotations

import re
from typing import Any

from django.db import models, transaction
from django.db.models import Lookup, TextField

from photos.models.photo import Photo

MOST = 200_000  # characters: PostgreSQL indexes at most a megabyte of words
# On SQLite; the migration that makes this index has triggers that keep it up to date.
FOUND = "SELECT rowid FROM photos_text_index WHERE photos_text_index MATCH %s"
WORD = re.compile(r"[^\W_]+")


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
        self.text = self.text.replace("\0", "")[:MOST]
        with transaction.atomic():
            if not Photo.objects.select_for_update().filter(pk=self.photo_id).exists():
                return False
            if not self.text:
                PhotoText.objects.filter(pk=self.photo_id).delete()
                return True
            fields = ["text", "source", "pages"]
            PhotoText.objects.bulk_create([self], update_conflicts=True, unique_fields=["photo"], update_fields=fields)
        return True


@TextField.register_lookup
class BeginningsOfWords(Lookup):
    """`text__words="sun fl"`: has a word that begins with each of these. Only for the text of photos."""

    lookup_name = "words"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Through the index of the database at hand."""
        words = WORD.findall(str(self.rhs))
        if not words:
            return "1 = 0", ()
        if connection.vendor == "postgresql":
            lhs, params = self.process_lhs(compiler, connection)
            asked = " & ".join(f"{word}:*" for word in words)
            return f"to_tsvector('simple', {lhs}) @@ to_tsquery('simple', %s)", (*params, asked)
        key = f'{connection.ops.quote_name(self.lhs.alias)}."photo_id"'
        asked = " ".join(f'"{word}"*' for word in words)
        return f"{key} IN ({FOUND})", (asked,)
