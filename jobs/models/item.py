"""Items: one row for each file of each phase, written in bulk by plain SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.db.models import F, Q

from jobs import states
from jobs.errors import MAX_ERROR_CHARACTERS
from jobs.models.worker import WorkerName
from jobs.work import Outcome, Work

if TYPE_CHECKING:
    from jobs.models.job import Job
    from jobs.models.lane import Lane


class ItemQuerySet(models.QuerySet["Item"]):
    """Query sets of items."""

    def waiting(self) -> ItemQuerySet:
        """Items that no lane has claimed, postponed ones included."""
        return self.filter(status=states.WAITING)

    def running(self) -> ItemQuerySet:
        """Items that a lane has claimed."""
        return self.filter(status=states.RUNNING)

    def postponed(self) -> ItemQuerySet:
        """Items that wait until `not_before` after a transient failure."""
        return self.filter(not_before__isnull=False)

    def first_phase(self) -> ItemQuerySet:
        """The items that represent the job's files."""
        return self.filter(phase=0)


class Item(models.Model):
    """One file in one phase; the row is the record of its latest attempt."""

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="items", db_index=False)
    phase = models.PositiveSmallIntegerField()
    position = models.BigIntegerField()  # from 1, in the order of the selection
    ref = models.BigIntegerField(null=True)
    name = models.CharField(max_length=255)
    status = models.CharField(max_length=9, default=states.WAITING)
    lane_id = models.BigIntegerField(null=True)  # of the claim: no foreign key, lanes may be deleted
    turn = models.BigIntegerField(null=True)
    run = models.PositiveIntegerField(default=0)  # of the latest retry that requeued the item
    attempt = models.PositiveIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0)  # workers that died while they processed the item
    faults = models.PositiveSmallIntegerField(default=0)  # transient failures since the last submit, resume or retry
    not_before = models.DateTimeField(null=True)  # postponed until then after a transient failure
    # Names the process of the latest attempt. Without a constraint or an index: written for every item.
    worker = models.ForeignKey(
        WorkerName, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    finish = models.BigIntegerField(null=True)  # the order in which items of the job finished
    error = models.CharField(max_length=MAX_ERROR_CHARACTERS, blank=True)
    result = models.JSONField(null=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ("phase", "position")
        constraints = (models.UniqueConstraint(fields=("job", "phase", "position"), name="item_of_job"),)
        indexes = (
            models.Index(
                fields=("job", "phase", "position"),
                name="waiting_items",
                condition=Q(status=states.WAITING, not_before=None),
            ),
            models.Index(fields=("job", "not_before"), name="postponed_items", condition=Q(not_before__isnull=False)),
            models.Index(fields=("job", "lane_id"), name="running_items", condition=Q(status=states.RUNNING)),
            models.Index(fields=("job", "phase", "position"), name="failed_items", condition=Q(status=states.FAILED)),
            models.Index(fields=("job", "finish"), name="finished_items", condition=Q(finish__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.position} {self.name}"

    @property
    def status_shown(self) -> str:
        """The status for users: a waiting item of a job that has ended is skipped."""
        return states.SKIPPED if self.status == states.WAITING and self.job.status in states.ENDED else self.status

    @property
    def duration_ms(self) -> int | None:
        """The duration of the latest attempt in milliseconds; None before it has ended."""
        if self.started_at is None or self.ended_at is None:
            return None
        return round((self.ended_at - self.started_at).total_seconds() * 1000)


class Attempt(models.Model):
    """An earlier attempt at an item, copied from the item's row before another attempt overwrites it."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    worker = models.ForeignKey(
        WorkerName, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=MAX_ERROR_CHARACTERS, blank=True)

    class Meta:
        ordering = ("item", "number", "id")

    def __str__(self) -> str:
        return f"attempt {self.number}"

    @classmethod
    def archive(cls, items: models.QuerySet[Item]) -> None:
        """Copy the latest attempt of each item into this table, inside the database."""
        columns = ("pk", "attempt", "worker_id", "started_at", "ended_at", "error")
        sql, params = items.filter(attempt__gt=0).values_list(*columns).query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO jobs_attempt ({ATTEMPT_COLUMNS}) {sql}", params)

    @classmethod
    def archive_outcomes(cls, outcomes: Sequence[Outcome], worker: int | None) -> None:
        """Store attempts that ended without ending their item."""
        Attempt.objects.bulk_create(
            Attempt(
                item_id=o.work.id, number=o.work.attempt, worker_id=worker, started_at=o.started_at,
                ended_at=o.ended_at, error=strip_nul(o.error)[:MAX_ERROR_CHARACTERS],
            )
            for o in outcomes
        )  # fmt: skip


ATTEMPT_COLUMNS = "item_id, number, worker_id, started_at, ended_at, error"
# Materialized: PostgreSQL may run a locking subquery once for each row that it examines, and claim too many.
CLAIM_SQL = """
WITH chosen AS MATERIALIZED (
    SELECT id FROM jobs_item
    WHERE job_id = %s AND phase = %s AND status = 'waiting' AND not_before IS NULL AND run >= %s AND crashes {crashes}
    ORDER BY position LIMIT %s {lock}
)
UPDATE jobs_item SET status = 'running', lane_id = %s, turn = %s, attempt = attempt + 1,
    worker_id = %s, started_at = NULL, ended_at = NULL, error = '', finish = NULL
WHERE id IN (SELECT id FROM chosen) RETURNING id, position, ref, name, attempt, faults
"""


def claim(job: Job, phase: int, lane: Lane, run: int, max_items: int) -> list[Work]:
    """Claim up to `max_items` waiting items for a lane's turn, by position.

    An item that has crashed a worker is claimed alone and last: another crash then costs no other item an attempt.
    """
    lock = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for crashes, limit in (("= 0", max_items), ("> 0", 1)):
            claimant = (lane.pk, lane.turn, lane.worker_key)
            cursor.execute(CLAIM_SQL.format(crashes=crashes, lock=lock), (job.pk, phase, run, limit, *claimant))
            if rows := cursor.fetchall():
                return to_work(rows, str(job.uuid), f"{lane.pk}-{lane.turn}-{phase}")
    return []


def to_work(rows: list[tuple[Any, ...]], job_uuid: str, turn_token: str) -> list[Work]:
    """Convert claimed rows into works, by position; `turn_token` names the lane and its turn."""
    return [
        Work(pk, position, ref, name, attempt, job_uuid, faults, f"{position}-{turn_token}-{attempt}")
        for pk, position, ref, name, attempt, faults in sorted(rows, key=itemgetter(1))
    ]


FINISH_SQL = """
UPDATE jobs_item SET status = %s, started_at = %s, ended_at = %s, error = %s, result = %s, finish = {first} + %s
WHERE id = %s AND lane_id = {lane} AND turn = {turn} AND status = 'running'
"""
# One JSON text for all rows: an array for each column takes several times as long to build.
# BETWEEN leads PostgreSQL to the primary key, and coalesce() hides how selective lane and turn are: its statistics are
# always behind, so it would expect one row of this turn, and plan a nested loop over hundreds of rows and outcomes.
FINISH_MANY_SQL = """
UPDATE jobs_item SET status = o.status, started_at = o.started_at, ended_at = o.ended_at, error = o.error,
    result = o.result::jsonb, finish = {first} + o.nth
FROM json_to_recordset(%s) AS o(status text, started_at timestamptz, ended_at timestamptz, error text, result text,
    nth bigint, id bigint)
WHERE jobs_item.id = o.id AND jobs_item.id BETWEEN {lowest} AND {highest}
    AND coalesce(lane_id = {lane} AND turn = {turn} AND jobs_item.status = 'running', false)
"""
FINISH_COLUMNS = ("status", "started_at", "ended_at", "error", "result", "nth", "id")


class FinishedBatch:
    """Final outcomes as SQL parameters, built before the job is locked to keep the lock short."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.number = len(outcomes)
        self.succeeded = sum(outcome.status == states.SUCCEEDED for outcome in outcomes)
        self.rows = [finish_row(outcome, nth) for nth, outcome in enumerate(outcomes)]
        if connection.vendor == "postgresql":
            self.text = json.dumps([dict(zip(FINISH_COLUMNS, row, strict=True)) for row in self.rows])

    def write(self, lane: int, turn: int, first: int) -> int:
        """Write the outcomes of items that this turn still claims, with finish numbers from `first`.

        Returns the number of rows written: fewer than `number` if claims were lost.
        """
        values = {"lane": lane, "turn": turn, "first": first}
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                keys = [row[-1] for row in self.rows]
                cursor.execute(FINISH_MANY_SQL.format(**values, lowest=min(keys), highest=max(keys)), (self.text,))
            else:
                cursor.executemany(FINISH_SQL.format(**values), self.rows)
            return int(cursor.rowcount)


def finish_row(outcome: Outcome, nth: int) -> tuple[Any, ...]:
    """The values of FINISH_COLUMNS."""
    work, status, started_at, ended_at, error, result, _ = outcome
    error = strip_nul(error)[:MAX_ERROR_CHARACTERS] if error else ""
    return status, utc_text(started_at), utc_text(ended_at), error, to_json(result), nth, work.id


def utc_text(moment: datetime | None) -> str | None:
    """A UTC time as SQLite stores it and PostgreSQL reads it; Django's conversion looks the time zone up each time."""
    return None if moment is None else str(moment.replace(tzinfo=None))


def postpone(outcomes: Sequence[Outcome], lane: int, turn: int, now: datetime) -> int:
    """Postpone claimed items after transient failures, each by its `retry_after`; returns the number of rows."""
    items = Item.objects.running().filter(lane_id=lane, turn=turn)
    return sum(
        items.filter(pk=o.work.id).update(
            status=states.WAITING, lane_id=None, turn=None, faults=F("faults") + 1,
            not_before=now + timedelta(seconds=o.retry_after),
        )
        for o in outcomes
    )  # fmt: skip


def to_json(result: dict[str, Any] | None) -> str | None:
    """A result as JSON text. Raises ValueError for NaN and infinities, which JSON does not have."""
    return None if result is None else json.dumps(strip_nul(result), allow_nan=False)


def strip_nul(value: Any) -> Any:
    """A JSON value without NUL characters in its texts: PostgreSQL cannot store them."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {key: strip_nul(inner) for key, inner in value.items()}
    return [strip_nul(inner) for inner in value] if isinstance(value, list) else value
