"""The sets of jobs that the site speaks of."""

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

# Every poll asks for it: Django would take longer to put it together than the database to answer.
RUNNING_COUNT_SQL = "SELECT count(*) FROM jobs_item WHERE job_id = jobs_job.id AND status = 'running'"
IN_FLIGHT = RawSQL(RUNNING_COUNT_SQL, ())  # noqa: S611 - no value of anybody is in it


class JobQuerySet(models.QuerySet["Job"]):
    """The sets of jobs that the site speaks of."""

    def visible_to(self, user: Any) -> JobQuerySet:
        """A person's own jobs."""
        return self.filter(owner=user)

    def active(self) -> JobQuerySet:
        """Jobs that wait, run, or still have a file in hand after a cancel."""
        return self.filter(Q(status__in=states.ACTIVE) | Q(status=states.CANCELLED, settled_at=None))

    def in_status(self, status: str) -> JobQuerySet:
        """Jobs in one of `states.SELECTABLE_STATUSES`."""
        return self.active() if status == states.STILL_ACTIVE else self.filter(status=status)

    def newest_first(self) -> JobQuerySet:
        """Newest first."""
        return self.order_by("-id")

    def with_counts(self) -> JobQuerySet:
        """With everything that `counts` needs, in two statements for any number of jobs."""
        jobs = self.annotate(in_flight_now=IN_FLIGHT)
        return jobs.select_related("owner", "cancelled_by").prefetch_related("phases")

    def iterate_fresh(self) -> Iterator[Job]:
        """Each of them as it is when its turn comes, unless it is one of them no more.

        Not through a cursor: on SQLite nobody could write while it is open.
        """
        for pk in list(self.values_list("pk", flat=True)):
            yield from self.filter(pk=pk)

    def cancel(self, by: Any, door: str) -> int:
        """Cancel those that can be; returns how many moved."""
        return sum(job.cancel_if_possible(by, door) for job in self.filter(status__in=states.ACTIVE).order_by("id"))


class JobManager(models.Manager.from_queryset(JobQuerySet)):  # type: ignore[misc]
    """All jobs but those that are being deleted: nobody sees them, and no verb finds them.

    Without their `spec`, which may be 10,000 ids long and is read by few: it is loaded when it is asked for.
    """

    def get_queryset(self) -> JobQuerySet:
        queryset: JobQuerySet = super().get_queryset()
        return queryset.filter(removed=False).defer("spec")
