"""How many items of a job finished in each second: the rate, the time left, the speed chart."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Sum

WINDOW = 10  # seconds that the rate looks back


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
        second = moment.replace(microsecond=0)
        known = cls.objects.filter(job_id=job_id, second=second).update(finished=F("finished") + finished)
        if not known:
            cls.objects.create(job_id=job_id, second=second, finished=finished)

    @classmethod
    def rate(cls, job_id: int, started_at: datetime | None, now: datetime) -> float:
        """Items a second over the last ten seconds, or since the start if that is shorter."""
        if started_at is None:
            return 0.0
        span = min(float(WINDOW), max((now - started_at).total_seconds(), 0.5))
        lately = cls.objects.filter(job_id=job_id, second__gt=now - timedelta(seconds=span + 1), second__lte=now)
        return round((lately.aggregate(n=Sum("finished"))["n"] or 0) / span, 1)
