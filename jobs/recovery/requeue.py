"""Requeue the failed items of a large retry in batches, in a worker. The lanes start after the last batch.

Each batch is one transaction under the job's lock: after the death of a worker the counters agree with the items,
`retry_pending` is still set, and the rescuer continues.
"""

from __future__ import annotations

import time

from jobs import queue, states
from jobs.models import Job, rerun
from jobs.models.managers import JobQuerySet

REQUEUE_SECONDS = 1.0  # for one job before the worker takes other tasks


def pending_retries() -> JobQuerySet:
    """Active jobs with failed items that wait to be requeued."""
    return Job.objects.filter(status__in=states.ACTIVE, retry_pending=True)


def requeue(job_id: int) -> None:
    """Requeue failed items of a job for about REQUEUE_SECONDS, then send a message for the rest."""
    until = time.monotonic() + REQUEUE_SECONDS
    for job in pending_retries().filter(pk=job_id):
        while requeue_batch(job):
            if time.monotonic() > until:
                queue.requeue_after_commit(job_id)
                return


def requeue_batch(job: Job) -> bool:
    """Requeue one batch of failed items; False if none are left or the job's run has ended."""
    with job.locked() as current:
        # Checked under the lock: a cancel or another worker's batch may have come since the job was read.
        if not current.retry_pending or current.run != job.run:
            return False
        return rerun.requeue_batch(current)
