"""Workers and the jobs that they are given."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from benchmarks.kinds import KIND_NAME
from jobs import states
from jobs.errors import NotPossible
from jobs.kinds import get_kind
from jobs.models import Job, Worker
from project.accounts.models import User
from project.supervisor.parts import Part

ENDLESS_ITEMS = 100_000_000  # items: more than any benchmark gets done


def start_celery(name: str, app: str, *arguments: str) -> Part:
    """Start a Celery process."""
    part = Part(name, [sys.executable, "-m", "celery", "-A", app, *arguments], Path(settings.STOPBATH_DATA))
    part.start()
    return part


@contextmanager
def workers(processes: int) -> Iterator[None]:
    """A prefork worker and beat, as `manage.py up` starts them."""
    with running_worker(processes):
        yield


@contextmanager
def running_worker(processes: int) -> Iterator[Part]:
    """The same, and the worker to look at."""
    quick = ("--without-gossip", "--without-mingle")
    parts = [
        start_celery("worker", "benchmarks.app", "worker", "-c", str(processes), "-l", "INFO", *quick),
        start_celery("beat", "benchmarks.app", "beat", "-l", "INFO"),
    ]
    try:
        wait_for(Worker.objects.alive().exists)
        yield parts[0]
    finally:
        for part in parts:
            part.stop()


def wait_for(condition: Callable[[], object], seconds: float = 300, every: float = 0.02) -> None:
    """Wait until something is so. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("It did not come to be in time.")
        time.sleep(every)


def submit(owner: User, kind: str = KIND_NAME, **wanted: Any) -> Job:
    """A job, submitted."""
    return Job.submit(kind, get_kind(kind).submission(wanted, owner), owner, door="api")


def reload_job(job: Job) -> Job:
    """The job as the database has it now."""
    return Job.objects.get(pk=job.pk)


def wait_until_completed(job: Job) -> Job:
    """The job when it has ended. Raises RuntimeError when not every item succeeded."""
    wait_for(lambda: reload_job(job).status in states.ENDED, every=0.25)  # seldom: asking takes time from the work
    ended = reload_job(job)
    if ended.status != states.COMPLETED or ended.counts.succeeded != ended.counts.total:
        raise RuntimeError(f"The job {ended.status}: {ended.counts}.")
    return ended


def job_seconds(job: Job) -> float:
    """How long a job took from submit to completed."""
    if job.ended_at is None:
        raise RuntimeError("The job has not ended.")
    return (job.ended_at - job.created_at).total_seconds()


def cancel_and_settle(job: Job) -> Job:
    """The job, cancelled and come to rest, unless it has ended by itself."""
    with suppress(NotPossible):
        job.cancel(by=job.owner, door="api")
    wait_for(lambda: reload_job(job).settled)
    return reload_job(job)


@contextmanager
def busy_workers(owner: User) -> Iterator[Job]:
    """Meanwhile every worker process runs through empty items as fast as it can."""
    job = submit(owner, items=ENDLESS_ITEMS)
    wait_for(lambda: reload_job(job).counts.succeeded > 0)
    try:
        yield job
    finally:
        cancel_and_settle(job)
