"""How many items of a job finished in each second: the rate, the time left, the speed chart."""

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
# Not put together by Django, which would take longer for it than the database for the answer: every poll asks.
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
    """Items of a job that finished within one second."""

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="pace", db_index=False)
    second = models.DateTimeField()
    finished = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("job", "second"), name="second_of_job"),)

    def __str__(self) -> str:
        return f"{self.finished} at {self.second}"

    @classmethod
    def add(cls, job_id: int, moment: datetime, finished: int) -> None:
        """Count items into their second. The caller holds the job's lock."""
        with connection.cursor() as cursor:
            cursor.execute(ADD_SQL, (job_id, moment.replace(microsecond=0, tzinfo=None), finished))

    @classmethod
    def rates(cls, started: Mapping[int, datetime]) -> dict[int, float]:
        """Items a second over the last ten seconds, or since a job's start if that is shorter, by job."""
        jobs = ", ".join(map(str, started))
        with connection.cursor() as cursor:
            cursor.execute(RECENT_SQL.format(jobs=jobs, **SQL_TIMES[connection.vendor]))
            # SQLite has this machine's clock, and tells no fractions of seconds.
            here = timezone.now() if connection.vendor == "sqlite" else None
            return {
                job: items_per_second(finished, (here or at) - started[job]) for job, finished, at in cursor.fetchall()
            }


def items_per_second(finished: int, since: timedelta) -> float:
    """So many in the window, or since the start if that is later."""
    return round(finished / min(float(WINDOW_SECONDS), max(since.total_seconds(), 0.5)), 1)
