"""Calls to a vision model: each is recorded before it is made, whatever its outcome."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Count, Q, Sum

from jobs.clock import database_now
from jobs.errors import MAX_ERROR_CHARACTERS
from jobs.models import Job

MAX_MODEL_CHARACTERS = 100  # of the name of a model: the rest is cut off


class VisionCall(models.Model):
    """One request about one photo of a job."""

    STARTED, FINISHED, ABORTED, FAILED = "started", "finished", "aborted", "failed"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="+")
    position = models.BigIntegerField()  # of the item
    model = models.CharField(max_length=MAX_MODEL_CHARACTERS)
    outcome = models.CharField(max_length=8, default=STARTED)  # stays so if the worker is killed
    started_at = models.DateTimeField(default=database_now)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=MAX_ERROR_CHARACTERS, blank=True)
    tokens_in = models.BigIntegerField(null=True)  # null: the server reported none
    tokens_out = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.position}: {self.outcome}"

    def end(self, outcome: str, **facts: Any) -> None:
        """Record the outcome, the time of the end, and other fields."""
        type(self).objects.filter(pk=self.pk).update(outcome=outcome, ended_at=database_now(), **facts)


def count_calls(job: Job) -> dict[str, int] | None:
    """A job's calls by outcome, files without a call (`never_sent`), and tokens; None without a vision model."""
    phase = next((phase for phase in job.phase_rows if phase.name == "classify"), None)
    if phase is None or not job.spec.get("vision"):
        return None
    counts = VisionCall.objects.filter(job=job).aggregate(
        **{outcome: Count("pk", filter=Q(outcome=outcome)) for outcome in ("finished", "aborted", "failed")},
        under_way=Count("pk", filter=Q(outcome=VisionCall.STARTED)),
        tokens_in=Sum("tokens_in"),
        tokens_out=Sum("tokens_out"),
        positions=Count("position", distinct=True),
    )
    files = phase.total if phase.total else job.phase_rows[0].total - job.phase_rows[0].failed
    counts["never_sent"] = max(files - counts.pop("positions"), 0)
    return {name: number or 0 for name, number in counts.items()}
