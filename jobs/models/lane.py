"""A lane: one Celery task that claims and processes items of one job, turn by turn."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.db.models import Count, F

from jobs import queue, states
from jobs.clock import database_now
from jobs.models.counter import Tally
from jobs.models.event import Event
from jobs.models.item import Attempt, FinishedBatch, Item, claim, postpone
from jobs.models.phase import MIN_PLANNED_CLAIM_SIZE
from jobs.models.throughput import Pace
from jobs.models.worker import MAX_WORKER_NAME_CHARACTERS, Worker, WorkerName
from jobs.work import Outcome, Work

if TYPE_CHECKING:
    from jobs.models.job import Job
    from jobs.models.phase import JobPhase

logger = logging.getLogger(__name__)

LEASE_SECONDS = 4.5  # without a heartbeat for longer, a working lane loses its turn
MAX_CRASHES = 3
CRASH_ERROR = "This file crashed its worker three times."
MAX_LANES = 64


class IncompleteClaim(Exception):
    """A turn no longer claims an item that it processed: none of its outcomes may be written."""


class Lane(models.Model):
    """One lane of one run of a job. Taking a turn invalidates every older message and claim of the lane."""

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="lanes")
    run = models.PositiveIntegerField()
    turn = models.BigIntegerField(default=0)
    task_id = models.UUIDField(default=uuid.uuid4)
    working = models.BooleanField(default=False)  # a worker has the turn; else its message waits
    ended = models.BooleanField(default=False)  # takes no more turns, unless `wake` sends it again
    beat_at = models.DateTimeField()  # latest heartbeat, or when its message was sent
    worker = models.CharField(max_length=MAX_WORKER_NAME_CHARACTERS, blank=True)

    phase_now: JobPhase  # of the latest claim
    worker_key: int | None = None  # primary key of the WorkerName of the turn's process
    open_lanes = 1  # of the run, at the latest `is_current`

    class Meta:
        indexes = (
            models.Index(fields=("beat_at",), name="open_lanes", condition=models.Q(ended=False)),
            models.Index(fields=("beat_at",), name="working_lanes", condition=models.Q(working=True)),
        )

    def __str__(self) -> str:
        return f"lane {self.pk}, turn {self.turn}"

    # ---------------------------------------------------------------- sending

    @classmethod
    def start(cls, job: Job, items: int) -> None:
        """Create and send the lanes of a run: `target_count`, but no more than items."""
        cls.add(job, min(cls.target_count(), max(items, 1)), queue.FRESH_QUEUE)

    @classmethod
    def target_count(cls) -> int:
        """The number of lanes for one job, 2 to MAX_LANES: one for each process of the living workers."""
        return min(max(Worker.objects.processes(), 2), MAX_LANES)

    @classmethod
    def add(cls, job: Job, number: int, to: str = queue.LANE_QUEUE) -> None:
        """Create more lanes for the job's run, and send them to queue `to` after the commit."""
        now = database_now()
        lanes = Lane.objects.bulk_create([Lane(job=job, run=job.run, beat_at=now) for _ in range(number)])
        queue.send_after_commit([lane.message for lane in lanes], to)

    @classmethod
    def wake(cls, job: Job) -> None:
        """Send ended lanes of the job's run again, up to `target_count` open lanes. The caller holds the job's lock."""
        lanes = cls.objects.filter(job=job, run=job.run)
        more = max(cls.target_count() - lanes.filter(ended=False).count(), 0)
        asleep = list(lanes.filter(ended=True)[:more])
        cls.objects.filter(pk__in=[lane.pk for lane in asleep]).update(ended=False, beat_at=database_now())
        queue.send_after_commit([lane.message for lane in asleep])

    @classmethod
    def open_by_owner(cls) -> dict[int | None, int]:
        """The number of open lanes of active jobs, by owner key."""
        open_now = cls.objects.filter(ended=False, job__status__in=states.ACTIVE).order_by()
        return dict(open_now.values_list("job__owner").annotate(n=Count("*")))

    @property
    def message(self) -> queue.Message:
        """The message with which a worker takes the next turn."""
        return queue.Message(self.pk, self.turn, str(self.task_id))

    # ---------------------------------------------------------------- turns

    @classmethod
    def take(cls, pk: int, turn: int, worker: str = "") -> Self | None:
        """Take the turn after `turn`; None if it was taken before (a duplicate or late message)."""
        rows = cls.objects.filter(pk=pk, turn=turn, ended=False).update(
            turn=F("turn") + 1, working=True, beat_at=database_now(), worker=worker
        )
        if not rows:
            return None
        lane = cls.objects.select_related("job").get(pk=pk)
        # Not the row's turn: this process may have been stopped for longer than its lease, and the lane rescued.
        lane.turn = turn + 1
        lane.worker_key = WorkerName.key_of(worker) if worker else None
        return lane

    @property
    def own_row(self) -> models.QuerySet[Lane]:
        """A query set of the lane's row, empty once the turn is lost."""
        return type(self).objects.filter(pk=self.pk, turn=self.turn)

    def record_heartbeat(self) -> bool:
        """Record a heartbeat; False if the turn was lost."""
        with (
            transaction.atomic()
        ):  # on SQLite it waits for the writer's lock first, so `beat_at` is not older than the write
            return bool(self.own_row.update(beat_at=database_now()))

    def pause(self) -> None:
        """End the turn; the next one begins with a message."""
        self.own_row.update(working=False, beat_at=database_now())

    def end(self) -> None:
        """End the turn and the lane."""
        self.own_row.update(ended=True, working=False)

    # ---------------------------------------------------------------- items

    def claim(self, max_items: int) -> list[Work]:
        """Claim up to `max_items` items; without any left the lane ends, and the last lane closes phase or job."""
        return self.exchange([], max_items) or []

    def exchange(self, outcomes: Sequence[Outcome], max_items: int) -> list[Work] | None:
        """Write outcomes and claim up to `max_items` more items, in one transaction; None if claims were lost."""
        finished = FinishedBatch(final_outcomes(outcomes))
        try:
            with self.job.locked() as job:
                if not self.is_current(job):
                    self.end()
                    return None
                self.write(job, outcomes, finished)
                job.settle_if_quiet()
                return self.claim_next(job, max_items)
        except IncompleteClaim as why:
            self.abandon(why)
            return None

    def claim_next(self, job: Job, max_items: int) -> list[Work]:
        """Claim items of the current phase, or advance to the next. The caller holds the job's lock."""
        self.phase_now = job.current_phase
        if job.status == states.QUEUED:
            job.open()
        while job.status == states.RUNNING:
            if works := self.claim_items(job, max_items):
                return works
            if job.has_pending_items() or not job.advance():
                break
        self.end()
        return []

    def claim_items(self, job: Job, max_items: int) -> list[Work]:
        """Claim waiting items of the current phase, and plan more when none wait. The caller holds the job's lock."""
        self.phase_now = phase = job.current_phase
        run = job.run if job.retrying and phase.number == 0 else 0
        share = (phase.total - phase.finished) // (2 * self.open_lanes)  # leaves items for the other lanes
        size = max(1, min(max_items, share))
        while not (works := claim(job, phase.number, self, run, size)):
            if run:
                return []
            if size >= MIN_PLANNED_CLAIM_SIZE and (works := phase.plan_claimed(self, size)):
                return works
            if not phase.plan():
                return []
        return works

    def is_current(self, job: Job) -> bool:
        """Whether the lane belongs to the job's current run and this turn is its latest; counts the open lanes.

        The caller holds the job's lock.
        """
        # A query after the locking one: rows of other tables that a locking query joins may be older than the lock.
        lanes = Lane.objects.filter(job=job, run=job.run).values_list("pk", "turn", "ended")
        self.open_lanes = max(1, sum(not ended for _, _, ended in lanes))
        return any((pk, turn) == (self.pk, self.turn) for pk, turn, _ in lanes)

    def record(
        self, outcomes: Sequence[Outcome], started_ids: Sequence[int] = (), rest: bool = False, again: bool = False
    ) -> bool:
        """Write and count outcomes, and with `rest` release all other claims; False if claims were lost.

        `again`: a commit whose answer was lost may have written the outcomes already.
        """
        finished = FinishedBatch(final_outcomes(outcomes))
        try:
            with self.job.locked() as job:
                if not self.is_current(job):
                    return False
                if again:
                    self.write_claimed(job, outcomes)
                else:
                    self.write(job, outcomes, finished)
                if rest:
                    self.release(started_ids)
                job.settle_if_quiet()
        except IncompleteClaim as why:
            self.abandon(why)
            return False
        return True

    def write(self, job: Job, outcomes: Sequence[Outcome], finished: FinishedBatch) -> None:
        """Write outcomes into items, counters and throughput.

        The caller holds the job's lock, so finish numbers follow the order of commits. Raises IncompleteClaim if this
        turn no longer claims one of the items.
        """
        rows = self.finish(job, outcomes, finished) if finished.number else 0
        if finished.number < len(outcomes):
            rows += self.postpone([outcome for outcome in outcomes if outcome.status == states.WAITING])
        if rows != len(outcomes):
            raise IncompleteClaim(f"{rows} of {len(outcomes)} outcomes found their item: the claim is not whole.")

    def write_claimed(self, job: Job, outcomes: Sequence[Outcome]) -> None:
        """Write the outcomes of items that this turn still claims. The caller holds the job's lock."""
        keys = set(self.claims.values_list("pk", flat=True))
        outcomes = [outcome for outcome in outcomes if outcome.work.id in keys]
        self.write(job, outcomes, FinishedBatch(final_outcomes(outcomes)))

    def finish(self, job: Job, outcomes: Sequence[Outcome], finished: FinishedBatch) -> int:
        """Write and count final outcomes; returns the number of rows written. The caller holds the job's lock."""
        rows = finished.write(self.pk, self.turn, job.finished + 1)
        results = [(o.work, o.result) for o in outcomes if o.result and o.status == states.SUCCEEDED]
        phase = job.current_phase
        phase.kind.save_results(results)
        phase.count(finished.succeeded, finished.number - finished.succeeded)
        job.count(finished.number)
        if phase.follows_files:
            Pace.add(job.pk, database_now(), finished.number)
        return rows

    def postpone(self, outcomes: Sequence[Outcome]) -> int:
        """Postpone items and archive their attempts; returns the number of rows. The caller holds the job's lock."""
        Attempt.archive_outcomes(outcomes, self.worker_key)
        return postpone(outcomes, self.pk, self.turn, database_now())

    @property
    def claims(self) -> models.QuerySet[Item]:
        """The items that this turn claims."""
        return Item.objects.running().filter(job=self.job_id, lane_id=self.pk, turn=self.turn)

    def recorded_ids(self, outcomes: Sequence[Outcome]) -> set[int]:
        """The keys of these outcomes' items that this turn has finished in the database."""
        items = Item.objects.filter(job=self.job_id, lane_id=self.pk, turn=self.turn).exclude(status=states.RUNNING)
        return set(items.filter(pk__in=[outcome.work.id for outcome in outcomes]).values_list("pk", flat=True))

    def release(self, started_ids: Sequence[int] = ()) -> int:
        """Release the claims; returns their number. Only attempts at items in `started_ids` count."""
        waiting: dict[str, Any] = {"status": states.WAITING, "lane_id": None, "turn": None}
        number = 0
        if started_ids:
            items = self.claims.filter(pk__in=started_ids)
            Attempt.archive(items)  # first: the UPDATE makes the items waiting, and the query set empty
            number = items.update(**waiting)
        return number + self.claims.update(**waiting, attempt=F("attempt") - 1)

    def hand_over(self, outcomes: Sequence[Outcome] = (), started_ids: Sequence[int] = ()) -> bool:
        """Write outcomes, release the other claims and send the next turn, in one transaction.

        No release counts as a crash. False if the turn was over already.
        """
        with self.job.locked() as job:
            # First: after a commit whose answer was lost, a second call finds the turn over and writes nothing twice.
            if not self.own_row.filter(working=True).update(turn=F("turn") + 1, working=False, beat_at=database_now()):
                return False
            self.write_claimed(job, outcomes)
            self.release(started_ids)
            job.settle_if_quiet()
            if job.status in states.ACTIVE and job.run == self.run:
                # The next turn is not this object's: another thread may still be at work with it.
                queue.send_after_commit([self.message._replace(turn=self.turn + 1)])
        return True

    def abandon(self, why: IncompleteClaim) -> None:
        """Log the lost claim, then hand the lane over without any outcome."""
        logger.error("Lane %d lost a part of turn %d: %s", self.pk, self.turn, why)
        self.hand_over()

    def fail_job(self, error: str) -> None:
        """Fail the job because its phase broke: release the claims of all lanes. A job that has ended only settles."""
        with self.job.locked() as job:
            if not self.is_current(job):
                return
            self.release()
            self.end()
            if job.status in states.ACTIVE:
                job.reclaim_all()
                job.fail(error)
            else:
                job.settle_if_quiet()

    # ---------------------------------------------------------------- rescue

    @classmethod
    def with_expired_lease(cls) -> models.QuerySet[Lane]:
        """Working lanes whose lease has expired."""
        return cls.objects.filter(
            working=True, beat_at__lt=database_now() - timedelta(seconds=LEASE_SECONDS), job__removed=False
        )

    def rescue(self) -> bool:
        """Reclaim the items of a lane whose lease has expired, and send it anew. False when its lease holds."""
        with self.job.locked() as job:
            over = job.status not in states.ACTIVE or job.run != self.run
            # First, and its row count decides: a heartbeat does not wait for the job's lock, so on PostgreSQL it may
            # commit between any two statements here. SQLite's only writer is this transaction.
            expired = self.own_row.filter(working=True, beat_at__lt=database_now() - timedelta(seconds=LEASE_SECONDS))
            if not expired.update(turn=F("turn") + 1, working=False, ended=over, beat_at=database_now()):
                return False
            number = self.reclaim(job)  # of the expired turn: this object still has its number
            if number or not over:
                reason = f"The lease of lane {self.pk} expired"
                Event.record(job, "rescue", door="worker", reason=reason, taken_back=number)
                Tally.add({"rescues": 1})
            job.settle_if_quiet()
            if not over:
                queue.send_after_commit([self.message._replace(turn=self.turn + 1)])
        return True

    def reclaim(self, job: Job) -> int:
        """Requeue the claims of a dead worker, and fail an item after MAX_CRASHES crashes; returns their number."""
        claims = self.claims
        poison_items = claims.filter(crashes__gte=MAX_CRASHES - 1)
        failed = poison_items.update(
            status=states.FAILED, error=CRASH_ERROR, crashes=F("crashes") + 1, ended_at=database_now(),
            finish=job.finished + 1,
        )  # fmt: skip
        if failed:  # always one: an item that crashed a worker before is taken alone
            job.current_phase.count(failed=failed)
            job.count(failed)
        Attempt.archive(claims)
        waiting = claims.update(status=states.WAITING, lane_id=None, turn=None, crashes=F("crashes") + 1)
        return failed + waiting


def final_outcomes(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes that end their item; the others postpone it."""
    return [outcome for outcome in outcomes if outcome.status != states.WAITING]
