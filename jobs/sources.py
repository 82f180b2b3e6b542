"""Where the items of a phase come from. A source is asked piece by piece, so a million items cost no memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

Select = tuple[str, tuple[Any, ...]]


class Source:
    """Gives the items behind a cursor as a SELECT of (key, ref, name); keys are rising whole numbers."""

    key_is_position = True  # else positions are counted from 1

    def count(self) -> int:
        """How many items there are."""
        raise NotImplementedError

    def select(self, after: int, limit: int) -> Select:
        """SQL for at most that many items with a key above `after`."""
        raise NotImplementedError


@dataclass(frozen=True)
class Rows(Source):
    """The rows of a query set, by rising primary key; `name` is the field or annotation that holds the name."""

    queryset: models.QuerySet[Any]
    name: str = "name"
    key_is_position = False

    def count(self) -> int:
        return self.queryset.count()

    def select(self, after: int, limit: int) -> Select:
        rows = self.queryset.filter(pk__gt=after).order_by("pk").values_list("pk", models.F("pk"), self.name)[:limit]
        sql, params = rows.query.sql_with_params()
        return f"SELECT * FROM ({sql}) AS chosen", params


@dataclass(frozen=True)
class SelectedRows(Source):
    """The rows with these keys, in this order: for selections made by hand (10,000 at the most)."""

    refs: Sequence[int]
    queryset: models.QuerySet[Any]
    name: str = "name"

    def count(self) -> int:
        return len(self.refs)

    def select(self, after: int, limit: int) -> Select:
        chosen = self.refs[after : after + min(limit, 400)]  # SQLite joins at most 500 SELECTs
        names = dict(self.queryset.filter(pk__in=chosen).values_list("pk", self.name))
        lines = [(after + n, ref, names.get(ref, "deleted")) for n, ref in enumerate(chosen, 1)]
        if not lines:
            return "SELECT 0, 0, '' WHERE 1 = 0", ()
        # A cast in the first line gives PostgreSQL the types of them all.
        first = "SELECT CAST(%s AS bigint), CAST(%s AS bigint), CAST(%s AS text)"
        sql = " UNION ALL ".join([first, *["SELECT %s, %s, %s"] * (len(lines) - 1)])
        return sql, tuple(value for line in lines for value in line)


@dataclass(frozen=True)
class Numbers(Source):
    """The numbers 1 to n: items that are pieces of one thing, or nothing at all."""

    n: int
    name: str = ""

    def count(self) -> int:
        return self.n

    def select(self, after: int, limit: int) -> Select:
        sql = (
            "WITH RECURSIVE numbers(i) AS (SELECT CAST(%s AS bigint) WHERE %s <= %s"
            " UNION ALL SELECT i + 1 FROM numbers WHERE i < %s)"
            " SELECT i, CAST(NULL AS bigint), CAST(%s AS text) FROM numbers"
        )
        last = min(self.n, after + limit)
        return sql, (after + 1, after + 1, last, last, self.name)


@dataclass(frozen=True)
class SucceededItems(Source):
    """The items that the job's first phase did well and that this phase has not seen; they keep their positions."""

    job_id: int
    phase: int

    def count(self) -> int:
        sql, params = self.select(0, 2**31)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({sql}) AS chosen", params)
            return int(cursor.fetchone()[0])

    def select(self, after: int, limit: int) -> Select:
        sql = (
            "SELECT position, ref, name FROM jobs_item AS earlier"
            " WHERE job_id = %s AND phase = 0 AND status = 'succeeded' AND position > %s"
            " AND NOT EXISTS (SELECT 1 FROM jobs_item AS own"
            " WHERE own.job_id = earlier.job_id AND own.phase = %s AND own.position = earlier.position)"
            " ORDER BY position LIMIT %s"
        )
        return sql, (self.job_id, after, self.phase, limit)
