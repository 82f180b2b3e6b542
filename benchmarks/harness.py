"""Workers, and jobs for them."""

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

ENDLESS_ITEMS = 100_000_000  # more items than any benchmark completes


def start_celery(name: str, app: str, *arguments: str) -> Part:
    """Start a Celery process that logs into the data folder."""
    part = Part(name, [sys.executable, "-m", "celery", "-A", app, *arguments], Path(settings.STOPBATH_DATA))
    part.start()
    return part


@contextmanager
def workers(processes: int) -> Iterator[None]:
    """Run a prefork worker and beat, as `manage.py up` starts them."""
    with running_worker(processes):
        yield


@contextmanager
def running_worker(processes: int) -> Iterator[Part]:
    """Run a prefork worker and beat; yields the worker."""
    options = ("--without-gossip", "--without-mingle")
    parts = [
        start_celery("worker", "benchmarks.app", "worker", "-c", str(processes), "-l", "INFO", *options),
        start_celery("beat", "benchmarks.app", "beat", "-l", "INFO"),
    ]
    try:
        wait_for(Worker.objects.alive().exists)
        yield parts[0]
    finally:
        for part in parts:
            part.stop()


def wait_for(condition: Callable[[], object], seconds: float = 300, every: float = 0.02) -> None:
    """Wait until the condition is true. Raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("It did not come to be in time.")
        time.sleep(every)


def submit(owner: User, kind: str = KIND_NAME, **body: Any) -> Job:
    """Submit a job with that body."""
    return Job.submit(kind, get_kind(kind).submission(body, owner), owner, door="api")


def reload_job(job: Job) -> Job:
    """The current row of a job."""
    return Job.objects.get(pk=job.pk)


def wait_until_completed(job: Job) -> Job:
    """The job when it has ended. Raises RuntimeError unless every item succeeded."""
    wait_for(lambda: reload_job(job).status in states.ENDED, every=0.25)  # seldom: a query takes time from the workers
    latest = reload_job(job)
    if latest.status != states.COMPLETED or latest.counts.succeeded != latest.counts.total:
        raise RuntimeError(f"The job {latest.status}: {latest.counts}.")
    return latest


def job_seconds(job: Job) -> float:
    """Seconds from submit to the end. Raises RuntimeError for a job that has not ended."""
    if job.ended_at is None:
        raise RuntimeError("The job has not ended.")
    return (job.ended_at - job.created_at).total_seconds()


def cancel_and_settle(job: Job) -> Job:
    """Cancel a job, unless it has ended, and wait until it is settled; returns its current row."""
    with suppress(NotPossible):
        job.cancel(by=job.owner, door="api")
    wait_for(lambda: reload_job(job).settled)
    return reload_job(job)


@contextmanager
def busy_workers(owner: User) -> Iterator[Job]:
    """Keep all worker processes busy with empty items meanwhile."""
    job = submit(owner, items=ENDLESS_ITEMS)
    wait_for(lambda: reload_job(job).counts.succeeded > 0)
    try:
        yield job
    finally:
        cancel_and_settle(job)
