"""A lane: one Celery task that takes items of one job, turn by turn."""

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

LEASE_SECONDS = 4.5  # a working lane silent for longer is lost
MAX_CRASHES = 3
CRASH_ERROR = "This file crashed its worker three times."
MAX_LANES = 64


class IncompleteClaim(Exception):
    """An item that a turn has done is not in its hands: nothing of what it has done may be written."""


class Lane(models.Model):
    """One lane of one run of a job. Whoever takes a turn makes every older message and claim void."""

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="lanes")
    run = models.PositiveIntegerField()
    turn = models.BigIntegerField(default=0)
    task_id = models.UUIDField(default=uuid.uuid4)
    working = models.BooleanField(default=False)  # a worker has the turn; else its message waits
    ended = models.BooleanField(default=False)  # nothing is left for it
    beat_at = models.DateTimeField()  # latest heartbeat, or when its message was sent
    worker = models.CharField(max_length=MAX_WORKER_NAME_CHARACTERS, blank=True)

    phase_now: JobPhase  # what the latest claim was taken from
    worker_key: int | None = None  # stands for the process that has the turn
    open_lanes = 1  # that the run had at this lane's latest look

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
        """Give a run its lanes and send them, as many as the workers there are can use."""
        cls.add(job, min(cls.target_count(), max(items, 1)), queue.FRESH_QUEUE)

    @classmethod
    def target_count(cls) -> int:
        """How many lanes of one job the workers there are can use; without workers, as many as some soon may."""
        return min(max(Worker.objects.processes(), 2), MAX_LANES)

    @classmethod
    def add(cls, job: Job, number: int, to: str = queue.LANE_QUEUE) -> None:
        """Make more lanes for the job's run and send them after the commit."""
        now = database_now()
        lanes = Lane.objects.bulk_create([Lane(job=job, run=job.run, beat_at=now) for _ in range(number)])
        queue.send_after_commit([lane.message for lane in lanes], to)

    @classmethod
    def wake(cls, job: Job) -> None:
        """Send lanes of this run that had nothing left to do, if more are useful. The caller holds the job's lock."""
        lanes = cls.objects.filter(job=job, run=job.run)
        more = max(cls.target_count() - lanes.filter(ended=False).count(), 0)
        asleep = list(lanes.filter(ended=True)[:more])
        cls.objects.filter(pk__in=[lane.pk for lane in asleep]).update(ended=False, beat_at=database_now())
        queue.send_after_commit([lane.message for lane in asleep])

    @classmethod
    def open_by_owner(cls) -> dict[int | None, int]:
        """How many lanes each person's jobs have."""
        open_now = cls.objects.filter(ended=False, job__status__in=states.ACTIVE).order_by()
        return dict(open_now.values_list("job__owner").annotate(n=Count("*")))

    @property
    def message(self) -> queue.Message:
        """What a worker must be told to take the next turn."""
        return queue.Message(self.pk, self.turn, str(self.task_id))

    # ---------------------------------------------------------------- turns

    @classmethod
    def take(cls, pk: int, turn: int, worker: str = "") -> Self | None:
        """Take a turn; None when it was taken before (a message that came twice or late)."""
        taken = cls.objects.filter(pk=pk, turn=turn, ended=False).update(
            turn=F("turn") + 1, working=True, beat_at=database_now(), worker=worker
        )
        if not taken:
            return None
        lane = cls.objects.select_related("job").get(pk=pk)
        # Not what the row says by now: this process may have been stopped for longer than its lease.
        lane.turn = turn + 1
        lane.worker_key = WorkerName.key_of(worker) if worker else None
        return lane

    @property
    def own_row(self) -> models.QuerySet[Lane]:
        """The lane's row, as long as this turn holds."""
        return type(self).objects.filter(pk=self.pk, turn=self.turn)

    def record_heartbeat(self) -> bool:
        """Record a heartbeat; False when the turn was lost."""
        with transaction.atomic():  # waits in SQLite's line first: the time is that of the writing
            return bool(self.own_row.update(beat_at=database_now()))

    def pause(self) -> None:
        """End the turn: what goes on is a message."""
        self.own_row.update(working=False, beat_at=database_now())

    def end(self) -> None:
        """Take no more turns."""
        self.own_row.update(ended=True, working=False)

    # ---------------------------------------------------------------- items

    def claim(self, max_items: int) -> list[Work]:
        """Take items. With nothing left the lane ends, and the last one closes the phase or the job."""
        return self.exchange([], max_items) or []

    def exchange(self, outcomes: Sequence[Outcome], max_items: int) -> list[Work] | None:
        """Write outcomes and take other items, in one transaction. None: the claims were lost."""
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
        """Items of this phase or the next. The caller holds the job's lock."""
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
        """Waiting items of the current phase, planning more as long as there is something to plan."""
        self.phase_now = phase = job.current_phase
        run = job.run if job.retrying and phase.number == 0 else 0
        fair = max(
            1, min(max_items, (phase.total - phase.finished) // (2 * self.open_lanes))
        )  # leave some for the others
        while not (works := claim(job, phase.number, self, run, fair)):
            if run:
                return []
            if fair >= MIN_PLANNED_CLAIM_SIZE and (works := phase.plan_claimed(self, fair)):
                return works
            if not phase.plan():
                return []
        return works

    def is_current(self, job: Job) -> bool:
        """Whether this turn of this run is still the lane's latest. The caller holds the job's lock."""
        # A statement of its own, after the lock: what the locking one says of other tables may be older than the lock.
        lanes = Lane.objects.filter(job=job, run=job.run).values_list("pk", "turn", "ended")
        self.open_lanes = max(1, sum(not ended for _, _, ended in lanes))
        return any((pk, turn) == (self.pk, self.turn) for pk, turn, _ in lanes)

    def record(
        self, outcomes: Sequence[Outcome], started_ids: Sequence[int] = (), rest: bool = False, again: bool = False
    ) -> bool:
        """Write outcomes and count them; with `rest` give everything else back. False: the claims were lost.

        With `again` they may have been written already, by a commit whose answer was lost.
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
        """Outcomes into rows, counters and pace. The caller holds the job's lock, so finish order is commit order.

        Raises NotWhole when one of the items is not in this turn's hands.
        """
        written = self.finish(job, outcomes, finished) if finished.number else 0
        if finished.number < len(outcomes):
            written += self.postpone([outcome for outcome in outcomes if outcome.status == states.WAITING])
        if written != len(outcomes):
            raise IncompleteClaim(f"{written} of {len(outcomes)} outcomes found their item: the claim is not whole.")

    def write_claimed(self, job: Job, outcomes: Sequence[Outcome]) -> None:
        """The same for those whose items are still in this turn's hands. The caller holds the job's lock."""
        in_hand = set(self.claims.values_list("pk", flat=True))
        outcomes = [outcome for outcome in outcomes if outcome.work.id in in_hand]
        self.write(job, outcomes, FinishedBatch(final_outcomes(outcomes)))

    def finish(self, job: Job, outcomes: Sequence[Outcome], finished: FinishedBatch) -> int:
        """Write and count those that end their item; returns how many rows took it."""
        written = finished.write(self.pk, self.turn, job.finished + 1)
        done = [(o.work, o.result) for o in outcomes if o.result and o.status == states.SUCCEEDED]
        phase = job.current_phase
        phase.kind.save_results(done)
        phase.count(finished.succeeded, finished.number - finished.succeeded)
        job.count(finished.number)
        if phase.follows_files:
            Pace.add(job.pk, database_now(), finished.number)
        return written

    def postpone(self, outcomes: Sequence[Outcome]) -> int:
        """Put items back until their time has come, and keep the attempts. The caller holds the job's lock."""
        Attempt.archive_outcomes(outcomes, self.worker_key)
        return postpone(outcomes, self.pk, self.turn, database_now())

    @property
    def claims(self) -> models.QuerySet[Item]:
        """What this turn has in its hands."""
        return Item.objects.running().filter(job=self.job_id, lane_id=self.pk, turn=self.turn)

    def recorded_ids(self, outcomes: Sequence[Outcome]) -> set[int]:
        """Which of these items are in the database as this turn has finished them."""
        mine = Item.objects.filter(job=self.job_id, lane_id=self.pk, turn=self.turn).exclude(status=states.RUNNING)
        return set(mine.filter(pk__in=[outcome.work.id for outcome in outcomes]).values_list("pk", flat=True))

    def release(self, started_ids: Sequence[int] = ()) -> int:
        """Put claims back in line. An attempt that had not begun does not count."""
        freed: dict[str, Any] = {"status": states.WAITING, "lane_id": None, "turn": None}
        given = 0
        if started_ids:
            started = self.claims.filter(pk__in=started_ids)
            Attempt.archive(started)
            given = started.update(**freed)
        return given + self.claims.update(**freed, attempt=F("attempt") - 1)

    def hand_over(self, outcomes: Sequence[Outcome] = (), started_ids: Sequence[int] = ()) -> bool:
        """Write outcomes, give everything else back without blame, and have another worker go on, all at once.

        False when the turn was over already.
        """
        with self.job.locked() as job:
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
        """Have another worker go on with whatever this turn still has: nothing that it does counts any more."""
        logger.error("Lane %d lost a part of turn %d: %s", self.pk, self.turn, why)
        self.hand_over()

    def fail_job(self, error: str) -> None:
        """The phase broke: give everything back, also what other lanes have, and end the job if it goes on."""
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
            taken = self.reclaim(job)  # of the turn that has expired, which this object still has
            if taken or not over:
                Event.record(
                    job, "rescue", door="worker", reason=f"The lease of lane {self.pk} expired", taken_back=taken
                )
                Tally.add({"rescues": 1})
            job.settle_if_quiet()
            if not over:
                queue.send_after_commit([self.message._replace(turn=self.turn + 1)])
        return True

    def reclaim(self, job: Job) -> int:
        """Claims of a dead worker wait again; one that has been there too often fails."""
        claims = self.claims
        poisonous = claims.filter(crashes__gte=MAX_CRASHES - 1)
        failed = poisonous.update(
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
    """Those that end their item: the others go back for a while."""
    return [outcome for outcome in outcomes if outcome.status != states.WAITING]
