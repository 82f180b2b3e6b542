"""Documents are searched by the beginnings of words, through an index of the database."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Lookup

WORD_PATTERN = re.compile(r"[^\W_]+")
# The migration of the texts makes this index, and triggers that keep it up to date.
SQLITE_QUERY = "SELECT rowid FROM photos_text_index WHERE photos_text_index MATCH %s"
# Materialized: PostgreSQL plans a subquery as if half of it were never read, and would take the words of every document
# anew rather than ask the index.
POSTGRESQL_QUERY = """
WITH found AS MATERIALIZED (
    SELECT photo_id FROM photos_phototext WHERE to_tsvector('simple', text) @@ to_tsquery('simple', %s)
)
SELECT photo_id FROM found
"""


class HasWords(Lookup):
    """Whether the text of the photo with that key has a word that begins with each of these."""

    lookup_name = "has_words"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Through the index of the database at hand."""
        key, params = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{key} IN ({POSTGRESQL_QUERY})", (*params, " & ".join(f"{word}:*" for word in self.rhs))
        return f"{key} IN ({SQLITE_QUERY})", (*params, " ".join(f'"{word}"*' for word in self.rhs))
