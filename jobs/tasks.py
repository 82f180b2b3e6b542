"""What Celery runs: one call each."""

from __future__ import annotations

from typing import Any

from celery import Task, shared_task
from celery.exceptions import Reject

from jobs import queue
from jobs.models import Job, Worker
from jobs.recovery import finalize
from jobs.recovery.requeue import requeue as requeue_failures
from jobs.recovery.rescue import clear_job
from jobs.recovery.rescue import discard as discard_outputs
from jobs.recovery.retention import prune as prune_old_jobs
from jobs.worker import lanes


@shared_task(name="jobs.lane", bind=True, max_retries=None)
def lane(self: Task[Any, Any], lane_id: int, turn: int, credit: float = 0.0) -> None:
    """Take a turn of a lane; the one before was that many seconds too short."""

    def send_next(lane_id: int, turn: int, credit: float) -> None:
        # A retry keeps the task id, so that the group's ids stay those of the lanes and a revoke reaches them. Not
        # thrown: the worker would be sent a traceback of 20 KB each turn.
        try:
            self.retry(args=(lane_id, turn, credit), countdown=0, queue=queue.LANE_QUEUE, throw=False)
        except Reject as refused:
            raise lanes.BrokerUnreachable(str(refused)) from refused

    lanes.run_lane(lane_id, turn, send_next, Worker.own_name(), credit)


@shared_task(name="jobs.prune")
def prune() -> None:
    """Delete what is old, when the operator wants it."""
    prune_old_jobs()


@shared_task(name="jobs.wrap_up")
def finalize_job(job_id: int) -> None:
    """Do what is left to do about a job that stopped short."""
    finalize.finalize_job(job_id)


@shared_task(name="jobs.discard")
def discard(job_id: int) -> None:
    """Drop what a cancelled job had made."""
    for job in Job.objects.filter(pk=job_id, discard=True, settled_at=None):
        discard_outputs(job)


@shared_task(name="jobs.requeue")
def requeue(job_id: int) -> None:
    """Put failed items of a retried job back in line."""
    requeue_failures(job_id)


@shared_task(name="jobs.clear")
def clear(job_id: int) -> None:
    """Delete the files and rows of a removed job."""
    clear_job(job_id)
