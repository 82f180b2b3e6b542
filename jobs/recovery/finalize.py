"""Finalize jobs that were cancelled or failed: `wrap_up_at` in the database survives lost messages and dead workers."""

from __future__ import annotations

import logging
import math
from datetime import datetime, timedelta

from jobs import queue, states
from jobs.clock import database_now
from jobs.errors import ItemFailed, PassingFault
from jobs.models import Job
from jobs.models.job import FINALIZE_INTERVAL

logger = logging.getLogger(__name__)

FINALIZE_LEASE = timedelta(minutes=10)  # a worker that takes longer counts as dead


def resend_finalizations() -> None:
    """Send the message again for jobs whose `wrap_up_at` has passed: it was lost, its worker died, or it failed."""
    now = database_now()
    due = Job.objects.filter(wrap_up_at__lte=now)
    for pk in due.values_list("pk", flat=True):
        if due.filter(pk=pk).update(wrap_up_at=now + FINALIZE_INTERVAL):
            queue.finalize_after_commit(pk)


def finalize_job(job_id: int) -> None:
    """Finalize a job, unless it has been finalized or another worker holds the lease."""
    now = database_now()
    lease_end = now + FINALIZE_LEASE
    # A lease by UPDATE: `wrap_up_at` in the far future means that a worker is finalizing the job.
    if not Job.objects.filter(pk=job_id, wrap_up_at__lte=now + FINALIZE_INTERVAL).update(wrap_up_at=lease_end):
        return
    leased = Job.objects.filter(pk=job_id, wrap_up_at=lease_end)  # empty once the lease was taken over
    for job in leased:
        try:
            next_try = finalize_or_postpone(job)
        finally:
            discard_if_dropped(job)
        leased.update(wrap_up_at=next_try)


def discard_if_dropped(job: Job) -> None:
    """Delete the files that finalizing wrote if the job was discarded or deleted meanwhile."""
    current = Job.objects.filter(pk=job.pk).first()
    if current is None:
        job.kind_object.delete_outputs(str(job.uuid), math.inf)
    # With running items, the discard has not begun yet and will find the files.
    elif current.status == states.CANCELLED and current.discard and not current.items.running().exists():
        job.kind_object.discard_unfinished(str(job.uuid))


def finalize_or_postpone(job: Job) -> datetime | None:
    """Finalize a job; returns the time of the next try after a transient failure, otherwise None."""
    try:
        job.kind_object.finalize(job)
    except PassingFault as fault:
        logger.warning("Job %s will be finalized later: %s", job.uuid, fault)
        return database_now() + FINALIZE_INTERVAL
    except ItemFailed as failure:
        logger.error("Job %s could not be finalized: %s", job.uuid, failure)
    return None
