"""Retention: delete jobs that ended long ago, if the operator has set a limit. Beat calls it every hour."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings

from jobs import states
from jobs.clock import database_now
from jobs.errors import NotPossible
from jobs.models import Job
from jobs.recovery.rescue import log_errors

logger = logging.getLogger(__name__)


def prune() -> None:
    """Delete jobs that ended more than STOPBATH_KEEP_JOBS_DAYS days ago; 0, the default, keeps them all."""
    days = settings.STOPBATH_KEEP_JOBS_DAYS
    if not days:
        return
    old = Job.objects.filter(status__in=states.ENDED, ended_at__lt=database_now() - timedelta(days=days))
    for job in old.order_by("id").iterate_fresh():
        with log_errors():
            remove(job, days)


def remove(job: Job, days: int) -> None:
    """Delete a job unless it was resumed or deleted meanwhile."""
    try:
        job.remove(by=None, door="worker", reason=f"Jobs are kept for {days} days")
    except (NotPossible, Job.DoesNotExist) as why:
        logger.info("Kept job %s: %s", job.uuid, why)
