"""Finished items of a job per second: the source of the rate, the estimated time left and the speed chart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection, models
from django.utils import timezone

WINDOW_SECONDS = 10  # seconds that the rate looks back
QUERY_SECONDS = WINDOW_SECONDS + 1  # seconds are counted whole

ADD_SQL = """
INSERT INTO jobs_pace (job_id, second, finished) VALUES (%s, %s, %s)
ON CONFLICT (job_id, second) DO UPDATE SET finished = jobs_pace.finished + excluded.finished
"""
# Plain SQL: every poll runs it, and Django's query builder takes longer than the database.
RECENT_SQL = """
SELECT job_id, sum(finished), {now} FROM jobs_pace
WHERE job_id IN ({jobs}) AND second > {start} AND second <= {now} GROUP BY job_id
"""
SQL_TIMES = {
    "postgresql": {
        "now": "statement_timestamp()",
        "start": f"statement_timestamp() - interval '{QUERY_SECONDS} seconds'",
    },
    "sqlite": {"now": "datetime('now')", "start": f"datetime('now', '-{QUERY_SECONDS} seconds')"},
}


class Pace(models.Model):
    """The number of items of a job that finished within one second."""

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="pace", db_index=False)
    second = models.DateTimeField()
    finished = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("job", "second"), name="second_of_job"),)

    def __str__(self) -> str:
        return f"{self.finished} at {self.second}"

    @classmethod
    def add(cls, job_id: int, moment: datetime, finished: int) -> None:
        """Add finished items to the second of this moment (UTC). The caller holds the job's lock."""
        with connection.cursor() as cursor:
            cursor.execute(ADD_SQL, (job_id, moment.replace(microsecond=0, tzinfo=None), finished))

    @classmethod
    def rates(cls, started: Mapping[int, datetime]) -> dict[int, float]:
        """Items per second by job key, over the last WINDOW_SECONDS or since the job's start if that is later."""
        jobs = ", ".join(map(str, started))
        with connection.cursor() as cursor:
            cursor.execute(RECENT_SQL.format(jobs=jobs, **SQL_TIMES[connection.vendor]))
            # SQLite uses this machine's clock, and its datetime() has no fractions of seconds.
            here = timezone.now() if connection.vendor == "sqlite" else None
            return {
                job: items_per_second(finished, (here or at) - started[job]) for job, finished, at in cursor.fetchall()
            }


def items_per_second(finished: int, since: timedelta) -> float:
    return round(finished / min(float(WINDOW_SECONDS), max(since.total_seconds(), 0.5)), 1)
