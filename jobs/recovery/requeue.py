"""A retry of many failed files puts them back in line piece by piece, in a worker. No lane starts before the last one.

Each piece is a transaction of its own under the job's lock, so a worker that dies leaves a job that adds up and
still says what is left to do: the rescuer goes on with it.
"""

from __future__ import annotations

import time

from jobs import queue, states
from jobs.models import Job, rerun
from jobs.models.managers import JobQuerySet

REQUEUE_SECONDS = 1.0  # that a worker takes for one job before others have their turn


def pending_retries() -> JobQuerySet:
    """Jobs of which failed items are still to be put back in line."""
    return Job.objects.filter(status__in=states.ACTIVE, retry_pending=True)


def requeue(job_id: int) -> None:
    """Put failed items back in line for about a second, and have a worker go on with what is left of them."""
    until = time.monotonic() + REQUEUE_SECONDS
    for job in pending_retries().filter(pk=job_id):
        while requeue_batch(job):
            if time.monotonic() > until:
                queue.requeue_after_commit(job_id)
                return


def requeue_batch(job: Job) -> bool:
    """Put the next failed items back in line; False when none are left, or the run is over that asked for them."""
    with job.locked() as current:
        # Decided under the lock: a cancel, or somebody else's piece, may have come since the job was read.
        if not current.retry_pending or current.run != job.run:
            return False
        return rerun.requeue_batch(current)
