"""Counters for `/metrics` that outlive the jobs that they counted."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection, models

# Upper bounds of the histogram's buckets; 0.5, 3.5 and 30 seconds are the documented stop times.
STOP_BOUNDS_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.5, 5.0, 10.0, 30.0)
STOP_BUCKET_PREFIX, STOP_SECONDS_NAME = "stop_le_", "stop_seconds"
ADD_SQL = """
INSERT INTO jobs_tally (name, value) VALUES {lines}
ON CONFLICT (name) DO UPDATE SET value = jobs_tally.value + excluded.value
"""


class Tally(models.Model):
    """A named counter that only grows."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.FloatField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.value:g}"

    @classmethod
    def add(cls, amounts: Mapping[str, float]) -> None:
        """Add these amounts to the counters of these names, in one statement; missing counters start at 0."""
        with connection.cursor() as cursor:
            lines = ", ".join(["(%s, %s)"] * len(amounts))
            cursor.execute(ADD_SQL.format(lines=lines), [part for line in amounts.items() for part in line])

    @classmethod
    def record_stop(cls, seconds: float) -> None:
        """Count a job that settled this many seconds after its cancel."""
        bound = next((bound for bound in STOP_BOUNDS_SECONDS if seconds <= bound), float("inf"))
        cls.add({f"{STOP_BUCKET_PREFIX}{bound:g}": 1, STOP_SECONDS_NAME: seconds})

    @classmethod
    def stop_histogram(cls) -> tuple[list[tuple[str, float]], float]:
        """The cumulative buckets of a Prometheus histogram, (upper bound, count) up to +Inf; and the sum in seconds."""
        values = cls.values()
        buckets, total = [], 0.0
        for bound in (*STOP_BOUNDS_SECONDS, float("inf")):
            total += values.get(f"{STOP_BUCKET_PREFIX}{bound:g}", 0.0)
            buckets.append(("+Inf" if bound == float("inf") else f"{bound:g}", total))
        return buckets, values.get(STOP_SECONDS_NAME, 0.0)

    @classmethod
    def values(cls) -> dict[str, float]:
        """The value of every counter, by name."""
        return dict(cls.objects.values_list("name", "value"))
