"""The history of jobs: append-only events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from jobs.clock import database_now
from jobs.errors import MAX_ERROR_CHARACTERS
from jobs.kinds import MAX_TITLE_CHARACTERS

if TYPE_CHECKING:
    from jobs.models.job import Job


class Event(models.Model):
    """One event in a job's history; it outlives the job."""

    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="events")
    job_uuid = models.UUIDField()  # stays when the job is deleted
    job_title = models.CharField(max_length=MAX_TITLE_CHARACTERS, blank=True)
    at = models.DateTimeField()
    event = models.CharField(max_length=10)
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10, blank=True)
    actor = models.CharField(max_length=150, blank=True)
    door = models.CharField(max_length=10)
    reason = models.CharField(max_length=MAX_ERROR_CHARACTERS, blank=True)
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.event} of {self.job_title or self.job_uuid}"

    @classmethod
    def record(
        cls,
        job: Job,
        event: str,
        *,
        by: Any = None,
        door: str,
        reason: str = "",
        before: str | None = None,
        **facts: Any,
    ) -> None:
        """Append an event with the job's present status and counts; `before` is the status that a move left."""
        counts = job.counts.as_dict() | facts
        cls.objects.create(
            job=job,
            job_uuid=job.uuid,
            job_title=job.title,
            at=database_now(),
            event=event,
            from_status=job.status if before is None else before,
            to_status=job.status,
            actor=by.get_username() if by else "",
            door=door,
            reason=reason[:MAX_ERROR_CHARACTERS],
            counts=counts,
        )
