"""How many items of a job finished in each second: the rate, the time left, the speed chart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection, models
from django.db.models import Sum

WINDOW = 10  # seconds that the rate looks back

ADD = """
INSERT INTO jobs_pace (job_id, second, finished) VALUES (%s, %s, %s)
ON CONFLICT (job_id, second) DO UPDATE SET finished = jobs_pace.finished + excluded.finished
"""


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
            cursor.execute(ADD, (job_id, moment.replace(microsecond=0, tzinfo=None), finished))

    @classmethod
    def rates(cls, started: Mapping[int, datetime], now: datetime) -> dict[int, float]:
        """Items a second over the last ten seconds, or since a job's start if that is shorter, by job."""
        window = timedelta(seconds=WINDOW + 1)
        rows = cls.objects.filter(job__in=started, second__gt=now - window, second__lte=now).order_by()
        lately = dict(rows.values_list("job").annotate(Sum("finished")))
        spans = {job: min(float(WINDOW), max((now - at).total_seconds(), 0.5)) for job, at in started.items()}
        return {job: round(lately.get(job, 0) / span, 1) for job, span in spans.items()}
