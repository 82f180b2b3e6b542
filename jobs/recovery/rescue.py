"""The rescuer's steps: repair after lost workers, messages and brokers. `jobs.recovery.loop` calls it every second."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Count, F, Q
from kombu.exceptions import OperationalError

from jobs import queue, states
from jobs.clock import database_now, is_unmigrated, is_unreachable
from jobs.models import Attempt, Item, Job, Lane, Worker
from jobs.recovery.finalize import resend_finalizations
from jobs.recovery.requeue import pending_retries, requeue_batch

logger = logging.getLogger(__name__)

MESSAGE_TIMEOUT = timedelta(seconds=3)  # after which a waiting message may be lost
DISCARD_BATCH_SIZE = 500
CLEAR_SECONDS = 1.0  # for one removed job before the worker takes other tasks
HEARTBEAT_WRITE_SECONDS = 0.2  # enough for the waiting heartbeats of all lanes


def rescue(check_leases: bool = True) -> None:
    """Run all steps; the error of one is logged and does not stop the others.

    Raises database errors when the database is unreachable or not migrated.
    """
    lanes = (resend_messages, settle_jobs, requeue_failures, wake_postponed, adapt_lanes)
    steps = (*lanes, clear_removed, resend_finalizations, Worker.delete_stale)
    for step in (rescue_lanes, *steps) if check_leases else steps:
        with log_errors():
            step()


@contextmanager
def log_errors() -> Iterator[None]:
    """Log exceptions of the `with` block; raise only those of an unreachable or unmigrated database."""
    try:
        yield
    except Exception as error:
        if is_unreachable(error) or is_unmigrated(error):
            raise
        logger.exception("A step of the rescuer failed, the others go on")


def rescue_lanes() -> None:
    """Reclaim the items of lanes whose lease has expired, and send these lanes anew."""
    expired = list(Lane.with_expired_lease().select_related("job").defer("job__spec"))
    if expired and connection.vendor == "sqlite":
        yield_to_writers()
    for lane in expired:
        job = lane.job
        with log_errors():
            if lane.rescue():
                logger.warning("Rescued lane %d of job %s", lane.pk, job.uuid)


def yield_to_writers() -> None:
    """Let waiting heartbeats be written first: behind SQLite's single writer, leases of living workers may expire."""
    with transaction.atomic():
        pass  # begins once no other process writes
    time.sleep(HEARTBEAT_WRITE_SECONDS)


def resend_messages() -> None:
    """Send waiting lanes again, as many as the broker's queues have too few messages.

    Without the count, every lane in a long queue would count as lost and be sent twice.
    """
    waiting = Lane.objects.filter(ended=False, working=False, job__status__in=states.ACTIVE, run=F("job__run"))
    stale = waiting.filter(beat_at__lt=database_now() - MESSAGE_TIMEOUT).order_by("beat_at")
    if not stale.exists():
        return
    try:
        lengths = queue.queue_lengths()
    except OperationalError as error:
        logger.warning("The broker's queues cannot be read: %s", error)
        return
    missing = waiting.count() - lengths[queue.FRESH_QUEUE] - lengths[queue.LANE_QUEUE]
    lost = list(stale[: max(missing, 0)])
    Lane.objects.filter(pk__in=[lane.pk for lane in lost]).update(beat_at=database_now())
    queue.send([lane.message for lane in lost], queue.LANE_QUEUE)


def settle_jobs() -> None:
    """Settle cancelled jobs whose worker or message was lost before it could."""
    for job in Job.objects.filter(status=states.CANCELLED, settled_at=None):
        with log_errors():
            settle(job)


def settle(job: Job) -> None:
    """Settle a cancelled job without running items, or discard a batch of its outputs first."""
    if job.discard and not job.items.running().exists():
        discard(job, pieces=1)  # one batch: the rescuer has other jobs; a living worker discards them all
        return
    with job.locked() as current:
        current.settle_if_quiet()


def discard(job: Job, pieces: int = 2**31) -> None:
    """Discard outputs of a cancelled job in up to `pieces` batches, and settle the job after the last.

    Concurrent calls for the same job are safe.
    """
    processed = job.items.filter(Q(status__in=(states.SUCCEEDED, states.FAILED)) | Q(phase__gt=0)).order_by("pk")
    for _ in range(pieces):
        batch = list(processed[:DISCARD_BATCH_SIZE])
        with job.locked() as current:
            if not current.is_discarding or current.run != job.run:
                return
        # Files before rows: a process killed in between leaves no file without a row that knows of it.
        job.kind_object.discard([item.result for item in batch if item.result])
        if len(batch) < DISCARD_BATCH_SIZE:
            job.kind_object.discard_unfinished(str(job.uuid))
        with job.locked() as current:
            if not current.is_discarding or current.run != job.run:
                return
            # Read again under the lock: a concurrent call may have reset items of this batch.
            reset_items(current, list(processed.filter(pk__in=[item.pk for item in batch])))
            if not processed.exists():
                current.settle()
                return


def reset_items(job: Job, piece: list[Item]) -> None:
    """Set files waiting, delete items of later phases, and subtract them all from the counters.

    The caller holds the job's lock.
    """
    if not piece:
        return
    for phase in job.phase_rows:
        statuses = [item.status for item in piece if item.phase == phase.number]
        phase.count(-statuses.count(states.SUCCEEDED), -statuses.count(states.FAILED))
        if phase.number:
            phase.planned -= len(statuses)
            phase.save(update_fields=("planned",))
    items = Item.objects.filter(pk__in=[item.pk for item in piece])
    items.exclude(phase=0).delete()  # a file may fail next time, and then has no item in later phases
    Attempt.archive(items)
    items.update(
        status=states.WAITING, result=None, finish=None, error="", started_at=None, ended_at=None,
        lane_id=None, turn=None, crashes=0, faults=0,
    )  # fmt: skip


def requeue_failures() -> None:
    """Requeue one batch of each pending retry: its message may be lost, or its worker dead."""
    for job in pending_retries():
        with log_errors():
            requeue_batch(job)


def wake_postponed() -> None:
    """End the postponement of items whose `not_before` has passed, and wake lanes for them."""
    due = Item.objects.postponed().filter(not_before__lte=database_now())
    for job in Job.objects.filter(status__in=states.ACTIVE, pk__in=due.values("job")):
        with log_errors(), job.locked() as current:
            due.filter(job=current).update(not_before=None)
            if current.status in states.ACTIVE:
                Lane.wake(current)


def adapt_lanes() -> None:
    """Adapt the number of open lanes of running jobs to the number of worker processes."""
    processes = Lane.target_count()
    jobs = Job.objects.filter(status=states.RUNNING).annotate(
        lanes_open=Count("lanes", filter=Q(lanes__run=F("run"), lanes__ended=False))
    )
    for job in jobs.exclude(lanes_open=processes):
        with log_errors(), job.locked() as current:
            if current.status == states.RUNNING:
                adapt(current, processes)


def adapt(job: Job, processes: int) -> None:
    """End surplus lanes of a job, or add lanes for which it has items. The caller holds the job's lock."""
    open_now = Lane.objects.filter(job=job, run=job.run, ended=False)
    missing = processes - open_now.count()
    if missing < 0:  # only lanes without a turn; workers drop their messages
        surplus = open_now.filter(working=False).order_by("-pk")[:-missing]
        open_now.filter(working=False, pk__in=list(surplus.values_list("pk", flat=True))).update(ended=True)
        return
    if (more := min(missing, claimable_count(job, missing))) > 0:
        Lane.add(job, more)


def claimable_count(job: Job, max_items: int) -> int:
    """The number of items that another lane could claim; waiting ones are counted up to `max_items`."""
    phase, run = job.current_phase, job.run if job.retrying and job.phase_number == 0 else 0
    waiting = job.items.waiting().filter(phase=phase.number, not_before=None, run__gte=run)
    return waiting[:max_items].count() + (0 if run else phase.total - phase.planned)


def clear_job(job_id: int) -> None:
    """Clear a removed job for about CLEAR_SECONDS, then send a message for the rest."""
    for job in Job.everything.filter(pk=job_id, removed=True).defer("spec"):
        if not job.clear(CLEAR_SECONDS):
            queue.clear_after_commit(job_id)


def clear_removed() -> None:
    """Clear a part of the oldest removed job that can be cleared: its message may be lost, or its worker dead."""
    for job in Job.everything.filter(removed=True).defer("spec").order_by("pk"):
        with log_errors():
            job.clear(seconds=0.3)
            return
