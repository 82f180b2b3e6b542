"""What happens when a worker, a message or the broker vanishes. Called every second by jobs/recovery/loop.py."""

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

MESSAGE_TIMEOUT = timedelta(seconds=3)  # a message that waits for longer may have been lost
DISCARD_BATCH_SIZE = 500
CLEAR_SECONDS = 1.0  # that a worker clears a removed job before others have their turn
HEARTBEAT_WRITE_SECONDS = 0.2  # seconds until those that waited in line are written, also of many lanes


def rescue(check_leases: bool = True) -> None:
    """Put right whatever is not as the database says it should be. What cannot be put right does not keep the rest."""
    lanes = (resend_messages, settle_jobs, requeue_failures, wake_postponed, adapt_lanes)
    steps = (*lanes, clear_removed, resend_finalizations, Worker.delete_stale)
    for step in (rescue_lanes, *steps) if check_leases else steps:
        with log_errors():
            step()


@contextmanager
def log_errors() -> Iterator[None]:
    """What goes wrong here is told, and does not keep the rest; only a database that cannot be used does."""
    try:
        yield
    except Exception as error:
        if is_unreachable(error) or is_unmigrated(error):
            raise
        logger.exception("Something could not be put right, the rest goes on")


def rescue_lanes() -> None:
    """Reclaim the items of lanes whose lease has expired, and send these lanes anew."""
    expired = list(Lane.with_expired_lease().select_related("job").defer("job__spec"))
    if expired and connection.vendor == "sqlite":
        yield_to_writers()
    for lane in expired:
        job = lane.job  # afterwards the lane has been read anew, without it
        with log_errors():
            if lane.rescue():
                logger.warning("Rescued lane %d of job %s", lane.pk, job.uuid)


def yield_to_writers() -> None:
    """SQLite has one writer: a long write kept all heartbeats waiting, and those come first now."""
    with transaction.atomic():
        pass  # begins once nobody else writes
    time.sleep(HEARTBEAT_WRITE_SECONDS)


def resend_messages() -> None:
    """Send waiting lanes again when the broker has fewer messages than there are lanes waiting.

    Counting bounds the doubles: in a long queue a lane that waits is not a lane that is lost.
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
    """Cancelled jobs that have come to rest without anybody noticing."""
    for job in Job.objects.filter(status=states.CANCELLED, settled_at=None):
        with log_errors():
            settle(job)


def settle(job: Job) -> None:
    """Note that a cancelled job has come to rest, once what it had made is dropped where that was asked for."""
    if job.discard and not job.items.running().exists():
        discard(job, pieces=1)  # others wait for the rescuer, too; a worker does all of it if there is one
        return
    with job.locked() as current:
        current.settle_if_quiet()


def discard(job: Job, pieces: int = 2**31) -> None:
    """Drop what a cancelled job had made, piece by piece, then settle it. Several may do so at once."""
    made = job.items.filter(Q(status__in=(states.SUCCEEDED, states.FAILED)) | Q(phase__gt=0)).order_by("pk")
    for _ in range(pieces):
        piece = list(made[:DISCARD_BATCH_SIZE])
        with job.locked() as current:
            if not current.is_discarding or current.run != job.run:
                return
        # The files before the rows: who is killed in between leaves nothing behind that nobody knows of.
        job.kind_object.discard([item.result for item in piece if item.result])
        if len(piece) < DISCARD_BATCH_SIZE:
            job.kind_object.discard_unfinished(str(job.uuid))
        with job.locked() as current:
            if not current.is_discarding or current.run != job.run:
                return
            reset_items(current, list(made.filter(pk__in=[item.pk for item in piece])))
            if not made.exists():
                current.settle()
                return


def reset_items(job: Job, piece: list[Item]) -> None:
    """Take items out of the counters: files wait again, later phases plan theirs anew. The caller holds the lock."""
    if not piece:
        return
    for phase in job.phase_rows:
        mine = [item.status for item in piece if item.phase == phase.number]
        phase.count(-mine.count(states.SUCCEEDED), -mine.count(states.FAILED))
        if phase.number:
            phase.planned -= len(mine)
            phase.save(update_fields=("planned",))
    items = Item.objects.filter(pk__in=[item.pk for item in piece])
    items.exclude(phase=0).delete()  # a file may fail when it is done again, and then they do not follow it
    Attempt.archive(items)
    items.update(
        status=states.WAITING, result=None, finish=None, error="", started_at=None, ended_at=None,
        lane_id=None, turn=None, crashes=0, faults=0,
    )  # fmt: skip


def requeue_failures() -> None:
    """Retries whose message was lost, or whose worker died: a piece of each at every look."""
    for job in pending_retries():
        with log_errors():
            requeue_batch(job)


def wake_postponed() -> None:
    """Items whose time has come after a passing fault wait like any other, and a lane comes for them."""
    due = Item.objects.postponed().filter(not_before__lte=database_now())
    for job in Job.objects.filter(status__in=states.ACTIVE, pk__in=due.values("job")):
        with log_errors(), job.locked() as current:
            due.filter(job=current).update(not_before=None)
            if current.status in states.ACTIVE:
                Lane.wake(current)


def adapt_lanes() -> None:
    """Give running jobs more lanes when workers have come, and fewer when some have left."""
    processes = Lane.target_count()
    jobs = Job.objects.filter(status=states.RUNNING).annotate(
        lanes_open=Count("lanes", filter=Q(lanes__run=F("run"), lanes__ended=False))
    )
    for job in jobs.exclude(lanes_open=processes):
        with log_errors(), job.locked() as current:
            if current.status == states.RUNNING:
                adapt(current, processes)


def adapt(job: Job, processes: int) -> None:
    """As many lanes as the workers can use, but none without items to take. The caller holds the lock."""
    open_now = Lane.objects.filter(job=job, run=job.run, ended=False)
    missing = processes - open_now.count()
    if missing < 0:  # those that have no item in hand; their messages are dropped when they come
        surplus = open_now.filter(working=False).order_by("-pk")[:-missing]
        open_now.filter(working=False, pk__in=list(surplus.values_list("pk", flat=True))).update(ended=True)
        return
    if (more := min(missing, claimable_count(job, missing))) > 0:
        Lane.add(job, more)


def claimable_count(job: Job, max_items: int) -> int:
    """How many items another lane would find, up to that many."""
    phase, run = job.current_phase, job.run if job.retrying and job.phase_number == 0 else 0
    waiting = job.items.waiting().filter(phase=phase.number, not_before=None, run__gte=run)
    return waiting[:max_items].count() + (0 if run else phase.total - phase.planned)


def clear_job(job_id: int) -> None:
    """Clear a removed job for about a second, and have a worker go on with what is left of it."""
    for job in Job.everything.filter(pk=job_id, removed=True).defer("spec"):
        if not job.clear(CLEAR_SECONDS):
            queue.clear_after_commit(job_id)


def clear_removed() -> None:
    """Jobs whose deletion takes long, or was cut short: a piece of the oldest of which one can be deleted."""
    for job in Job.everything.filter(removed=True).defer("spec").order_by("pk"):
        with log_errors():
            job.clear(seconds=0.3)
            return
