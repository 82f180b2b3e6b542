"""A phase of a job: its counters and how far its items are planned."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.db.models import F

from jobs import states
from jobs.errors import Refused
from jobs.kinds import Phase, UnknownKind
from jobs.models.item import Item, to_work
from jobs.sources import Numbers, Source
from jobs.work import Work

if TYPE_CHECKING:
    from jobs.models.lane import Lane

logger = logging.getLogger(__name__)

PLAN_BATCH_SIZE = 2000
MISSING_NAME = "no longer selected"  # the name of an item whose file was deleted or left the filter before it got a row
MIN_PLANNED_CLAIM_SIZE = 250  # items: when a lane takes so many at once, they get their rows as they are taken

INSERT_SQL = """
WITH chosen(place, ref, name) AS ({select})
INSERT INTO jobs_item (job_id, phase, position, ref, name, crashes, faults, run, error,
    status, attempt, lane_id, turn, worker_id)
SELECT {job}, {phase}, {position}, ref, name, 0, 0, 0, '', %s, %s, %s, %s, %s FROM chosen ORDER BY place
RETURNING id, position, ref, name, attempt, faults
"""
PREVIEW_SQL = (
    "WITH chosen(place, ref, name) AS ({select}) SELECT ref, name FROM chosen ORDER BY place LIMIT %s OFFSET %s"
)
WAITING_COLUMNS = (states.WAITING, 0, None, None, None)


class JobPhase(models.Model):
    """One phase of one job. The counters change only under the job's row lock."""

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="phases")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    status = models.CharField(max_length=10, default=states.WAITING)
    total = models.BigIntegerField(default=0)
    succeeded = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    planned = models.BigIntegerField(default=0)  # items that have a row
    cursor = models.BigIntegerField(default=0)  # the source's key of the last of them

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("job", "number"), name="phase_of_job"),)

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> Phase:
        """What this phase does."""
        return self.job.kind_object.phase(self.name)

    @property
    def finished(self) -> int:
        """Items that need no more work."""
        return self.succeeded + self.failed

    def count(self, succeeded: int = 0, failed: int = 0) -> None:
        """Add to the counters, in the database and here. The caller holds the job's lock."""
        changes = {"succeeded": F("succeeded") + succeeded, "failed": F("failed") + failed}
        type(self).objects.filter(pk=self.pk).update(**changes)
        self.succeeded += succeeded
        self.failed += failed

    @property
    def without_failures(self) -> JobPhase:
        """A copy in which nothing has failed."""
        phase = copy(self)
        phase.failed = 0
        return phase

    @property
    def follows_files(self) -> bool:
        """Whether its items are the job's files: those chosen, or later those that the first phase did well."""
        return not self.number or self.kind.follows_files

    def begin(self) -> None:
        """Count what is to be done and open the phase. The caller holds the job's lock."""
        if self.number:  # of what sums up all files nothing is planned yet
            self.total = self.planned + self.kind.source(self.job).count()
            self.cursor = 0
        self.status = states.RUNNING
        self.save(update_fields=("total", "cursor", "status"))

    def close(self) -> None:
        """Nothing of it waits or runs any more. The caller holds the job's lock."""
        type(self).objects.filter(pk=self.pk).update(status=states.DONE)
        self.status = states.DONE

    def reopen(self) -> None:
        """Ready it for another run. What sums up all files is made anew. The caller holds the job's lock."""
        self.status = states.WAITING
        if not self.follows_files:
            self.job.items.filter(phase=self.number).delete()
            self.succeeded = self.failed = self.planned = self.cursor = 0
        self.save()

    def plan(self) -> int:
        """Give the next piece of the selection rows of its own; 0 when all have one. The caller holds the lock."""
        return len(self.plan_batch(PLAN_BATCH_SIZE, WAITING_COLUMNS))

    def plan_claimed(self, lane: Lane, max_items: int) -> list[Work]:
        """Give the next of the selection rows that a lane has in its hands from the first: written once less each.

        The caller holds the lock.
        """
        rows = self.plan_batch(max_items, (states.RUNNING, 1, lane.pk, lane.turn, lane.worker_key))
        return to_work(rows, str(self.job.uuid), f"{lane.pk}-{lane.turn}")

    def plan_batch(self, max_items: int, hand: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Make up to that many rows, in somebody's hand or in line, and note how far the selection has come."""
        missing = min(self.total - self.planned, max_items)
        if missing <= 0:
            return []
        source = self.kind.source(self.job)
        rows = self.insert(source, self.cursor, missing, hand)
        if rows:
            self.cursor = max(position if source.key_is_position else ref or 0 for _, position, ref, *_ in rows)
        else:  # some of the selection have left it since: they are told as such; their positions are no keys of it
            rows = self.insert(Numbers(self.total, name=MISSING_NAME), self.planned, missing, hand)
        self.planned += len(rows)
        self.save(update_fields=("planned", "cursor"))
        return rows

    def preview(self, start: int, limit: int, ref: int | None = None) -> list[Item]:
        """Items at the positions after `start` that have no row yet, as they would be planned.

        With the ref of the item at `start` it need not be counted out anew.
        """
        try:
            rows = self.upcoming_rows(start, limit, ref)
        except (
            Refused,
            UnknownKind,
        ) as why:  # an upgrade may take a key from filters, or a kind
            logger.warning("The files of job %s that wait cannot be told: %s", self.job.uuid, why)
            rows = []
        return [
            Item(job=self.job, phase=self.number, position=start + n, ref=ref, name=name)
            for n, (ref, name) in enumerate(rows, 1)
        ]

    def upcoming_rows(self, start: int, limit: int, ref: int | None) -> list[tuple[int | None, str]]:
        """Their refs and names. Raises Refused or UnknownKind when the source cannot be asked any more."""
        source = self.kind.source(self.job)
        after, skip = (start, 0) if source.key_is_position else (self.cursor, start - self.planned)
        if ref is not None and not source.key_is_position:
            after, skip = ref, 0
        select, params = source.select(after, skip + limit)
        with connection.cursor() as cursor:
            cursor.execute(PREVIEW_SQL.format(select=select), (*params, limit, skip))
            return cursor.fetchall()

    def insert(self, source: Source, after: int, limit: int, hand: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Copy a piece of the selection into items, inside the database; the rows as a claim gives them."""
        select, params = source.select(after, limit)
        position = "place" if source.key_is_position else f"{self.planned} + row_number() OVER (ORDER BY place)"
        sql = INSERT_SQL.format(select=select, job=self.job_id, phase=self.number, position=position)
        with connection.cursor() as cursor:
            cursor.execute(sql, (*params, *hand))
            return cursor.fetchall()
