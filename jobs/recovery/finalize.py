"""What is left to do about a job that stopped short: the database keeps it in mind until a worker has done it."""

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
    """Called by the rescuer: the message was lost, or its worker died, or could not do it yet."""
    now = database_now()
    due = Job.objects.filter(wrap_up_at__lte=now)
    for pk in due.values_list("pk", flat=True):
        if due.filter(pk=pk).update(wrap_up_at=now + FINALIZE_INTERVAL):
            queue.finalize_after_commit(pk)


def finalize_job(job_id: int) -> None:
    """Do it, unless it is done, or somebody is at it."""
    now = database_now()
    until = now + FINALIZE_LEASE
    asked = Job.objects.filter(pk=job_id, wrap_up_at__lte=now + FINALIZE_INTERVAL)
    if not asked.update(wrap_up_at=until):
        return
    mine = Job.objects.filter(pk=job_id, wrap_up_at=until)
    for job in mine:
        try:
            again = finalize_or_postpone(job)
        finally:
            discard_if_dropped(job)
        mine.update(wrap_up_at=again)


def discard_if_dropped(job: Job) -> None:
    """Drop what was just made where somebody had the job dropped or deleted meanwhile, and may have looked before."""
    now = Job.objects.filter(pk=job.pk).first()
    if now is None:
        job.kind_object.delete_outputs(str(job.uuid), math.inf)
    elif now.status == states.CANCELLED and now.discard and not now.items.running().exists():  # else it comes yet
        job.kind_object.discard_unfinished(str(job.uuid))


def finalize_or_postpone(job: Job) -> datetime | None:
    """Wrap a job up; when to try again, or None when it is done or cannot be."""
    try:
        job.kind_object.finalize(job)
    except PassingFault as fault:
        logger.warning("Job %s will be finalized later: %s", job.uuid, fault)
        return database_now() + FINALIZE_INTERVAL
    except ItemFailed as failure:
        logger.error("Job %s could not be finalized: %s", job.uuid, failure)
    return None
