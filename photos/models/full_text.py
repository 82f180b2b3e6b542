"""Search of documents by the beginnings of words, through a full-text index of the database."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Lookup

WORD_PATTERN = re.compile(r"[^\W_]+")
# Migration 0009 creates this index, and triggers that update it.
SQLITE_QUERY = "SELECT rowid FROM photos_text_index WHERE photos_text_index MATCH %s"
# MATERIALIZED: PostgreSQL would plan a subquery as if half of it were never read, and parse every document again
# instead of using the index.
POSTGRESQL_QUERY = """
WITH found AS MATERIALIZED (
    SELECT photo_id FROM photos_phototext WHERE to_tsvector('simple', text) @@ to_tsquery('simple', %s)
)
SELECT photo_id FROM found
"""


class HasWords(Lookup):
    """Whether the document of the photo with that key has, for each given beginning, a word starting with it."""

    lookup_name = "has_words"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The query of the index, for SQLite or PostgreSQL."""
        key, params = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{key} IN ({POSTGRESQL_QUERY})", (*params, " & ".join(f"{word}:*" for word in self.rhs))
        return f"{key} IN ({SQLITE_QUERY})", (*params, " ".join(f'"{word}"*' for word in self.rhs))
