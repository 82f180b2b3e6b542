"""A phase of a job: its counters, and the planning of its items (creating their rows from the source)."""

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
MIN_PLANNED_CLAIM_SIZE = 250  # items: so large a claim plans and claims in one INSERT

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
    cursor = models.BigIntegerField(default=0)  # the source's key of the last planned item

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("job", "number"), name="phase_of_job"),)

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> Phase:
        """The code of this phase, from the job's kind."""
        return self.job.kind_object.phase(self.name)

    @property
    def finished(self) -> int:
        """The number of succeeded and failed items."""
        return self.succeeded + self.failed

    def count(self, succeeded: int = 0, failed: int = 0) -> None:
        """Add to the counters, in the database and in this object. The caller holds the job's lock."""
        changes = {"succeeded": F("succeeded") + succeeded, "failed": F("failed") + failed}
        type(self).objects.filter(pk=self.pk).update(**changes)
        self.succeeded += succeeded
        self.failed += failed

    @property
    def without_failures(self) -> JobPhase:
        """An unsaved copy that counts no failed items."""
        phase = copy(self)
        phase.failed = 0
        return phase

    @property
    def follows_files(self) -> bool:
        """Whether the phase's items are the job's files: all in the first phase, later the succeeded ones."""
        return not self.number or self.kind.follows_files

    def begin(self) -> None:
        """Count the phase's items and set it running. The caller holds the job's lock."""
        if self.number:  # the first phase was counted at submit
            self.total = self.planned + self.kind.source(self.job).count()
            self.cursor = 0
        self.status = states.RUNNING
        self.save(update_fields=("total", "cursor", "status"))

    def close(self) -> None:
        """Set the phase done. The caller holds the job's lock and has seen that no item waits or runs."""
        type(self).objects.filter(pk=self.pk).update(status=states.DONE)
        self.status = states.DONE

    def reopen(self) -> None:
        """Prepare the phase for another run; a phase that does not follow the files is planned anew.

        The caller holds the job's lock.
        """
        self.status = states.WAITING
        if not self.follows_files:
            self.job.items.filter(phase=self.number).delete()
            self.succeeded = self.failed = self.planned = self.cursor = 0
        self.save()

    def plan(self) -> int:
        """Create the rows of up to PLAN_BATCH_SIZE items; returns their number, 0 when all items have a row.

        The caller holds the job's lock.
        """
        return len(self.plan_batch(PLAN_BATCH_SIZE, WAITING_COLUMNS))

    def plan_claimed(self, lane: Lane, max_items: int) -> list[Work]:
        """Create rows that the lane has claimed from the start, which saves an UPDATE of each.

        The caller holds the job's lock.
        """
        rows = self.plan_batch(max_items, (states.RUNNING, 1, lane.pk, lane.turn, lane.worker_key))
        return to_work(rows, str(self.job.uuid), f"{lane.pk}-{lane.turn}-{self.number}")

    def plan_batch(self, max_items: int, columns: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Create up to `max_items` rows and advance the cursor; `columns`: status, attempt, lane, turn and worker."""
        missing = min(self.total - self.planned, max_items)
        if missing <= 0:
            return []
        source = self.kind.source(self.job)
        rows = self.insert(source, self.cursor, missing, columns)
        if rows:
            self.cursor = max(position if source.key_is_position else ref or 0 for _, position, ref, *_ in rows)
        else:  # files left the selection after the submit: placeholders without a key of the source keep `total` true
            rows = self.insert(Numbers(self.total, name=MISSING_NAME), self.planned, missing, columns)
        self.planned += len(rows)
        self.save(update_fields=("planned", "cursor"))
        return rows

    def preview(self, start: int, limit: int, ref: int | None = None) -> list[Item]:
        """Unsaved items for the positions after `start`; none if an upgrade removed a filter of the source or the kind.

        `ref` is the source's reference to the item at `start`: with it, the source need not count up to `start`.
        """
        try:
            rows = self.upcoming_rows(start, limit, ref)
        except (Refused, UnknownKind) as why:
            logger.warning("The waiting files of job %s cannot be listed: %s", self.job.uuid, why)
            rows = []
        return [
            Item(job=self.job, phase=self.number, position=start + n, ref=ref, name=name)
            for n, (ref, name) in enumerate(rows, 1)
        ]

    def upcoming_rows(self, start: int, limit: int, ref: int | None) -> list[tuple[int | None, str]]:
        """Refs and names of items without a row. Raises Refused or UnknownKind if the source cannot be read."""
        source = self.kind.source(self.job)
        after, skip = (start, 0) if source.key_is_position else (self.cursor, start - self.planned)
        if ref is not None and not source.key_is_position:
            after, skip = ref, 0
        select, params = source.select(after, skip + limit)
        with connection.cursor() as cursor:
            cursor.execute(PREVIEW_SQL.format(select=select), (*params, limit, skip))
            return cursor.fetchall()

    def insert(self, source: Source, after: int, limit: int, columns: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Copy a part of the source into items, inside the database; returns rows as CLAIM_SQL returns them."""
        select, params = source.select(after, limit)
        position = "place" if source.key_is_position else f"{self.planned} + row_number() OVER (ORDER BY place)"
        sql = INSERT_SQL.format(select=select, job=self.job_id, phase=self.number, position=position)
        with connection.cursor() as cursor:
            cursor.execute(sql, (*params, *columns))
            return cursor.fetchall()
