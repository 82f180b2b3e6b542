"""Query sets of jobs, and the manager that hides removed jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from jobs import states

if TYPE_CHECKING:
    from jobs.models.job import Job

MAX_SELECTED_IDS = 10_000  # jobs that one request may name

# Plain SQL: every poll runs it, and Django's query builder takes longer than the database.
RUNNING_COUNT_SQL = "SELECT count(*) FROM jobs_item WHERE job_id = jobs_job.id AND status = 'running'"
IN_FLIGHT = RawSQL(RUNNING_COUNT_SQL, ())  # noqa: S611 - contains no user input


class JobQuerySet(models.QuerySet["Job"]):
    """Query sets of jobs."""

    def visible_to(self, user: Any) -> JobQuerySet:
        """The jobs that the user owns."""
        return self.filter(owner=user)

    def active(self) -> JobQuerySet:
        """Queued, running and unsettled jobs."""
        return self.filter(Q(status__in=states.ACTIVE) | Q(status=states.CANCELLED, settled_at=None))

    def in_status(self, status: str) -> JobQuerySet:
        """Jobs in one of `states.SELECTABLE_STATUSES`."""
        return self.active() if status == states.STILL_ACTIVE else self.filter(status=status)

    def newest_first(self) -> JobQuerySet:
        return self.order_by("-id")

    def with_counts(self) -> JobQuerySet:
        """Load what `Job.counts` needs, in two queries for any number of jobs."""
        jobs = self.annotate(in_flight_now=IN_FLIGHT)
        return jobs.select_related("owner", "cancelled_by").prefetch_related("phases")

    def iterate_fresh(self) -> Iterator[Job]:
        """Yield each job read anew, and skip jobs that no longer match.

        Keys are read first, not through a cursor: an open cursor would block all writers of SQLite.
        """
        for pk in list(self.values_list("pk", flat=True)):
            yield from self.filter(pk=pk)

    def cancel(self, by: Any, door: str) -> int:
        """Cancel the queued and running jobs, one transaction each; returns the number of jobs cancelled."""
        return sum(job.cancel_if_possible(by, door) for job in self.filter(status__in=states.ACTIVE).order_by("id"))


class JobManager(models.Manager.from_queryset(JobQuerySet)):  # type: ignore[misc]
    """All jobs but removed ones, so that no page and no verb finds a job whose rows are being deleted.

    `spec`, which may hold 10,000 ids, is deferred: Django loads it on access.
    """

    def get_queryset(self) -> JobQuerySet:
        queryset: JobQuerySet = super().get_queryset()
        return queryset.filter(removed=False).defer("spec")
