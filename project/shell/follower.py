"""Follows a job on a terminal; Ctrl-C cancels the job."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from jobs import queue
from jobs.models import Job
from project.shell.local_workers import LocalWorkers

POLL_SECONDS = 0.2
SETTLE_SECONDS = 60.0  # a cancelled job that has not settled by then is no longer followed
DOOR = "command"
PROGRESS_COLUMNS = (
    TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"),
    TextColumn("{task.fields[words]}"), TimeRemainingColumn(),
)  # fmt: skip


class Interrupt:
    """Records SIGINT and SIGTERM, so that the first one cancels the job and the second one ends the process."""

    def __init__(self) -> None:
        self.requested = threading.Event()

    @contextmanager
    def catch_signals(self) -> Iterator[None]:
        """Handle SIGINT and SIGTERM inside the with statement, then restore the previous handlers."""
        previous_handlers = {
            number: signal.signal(number, self.handle_signal) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in previous_handlers.items():
                signal.signal(number, handler)

    def handle_signal(self, number: int, frame: FrameType | None) -> None:
        """Record the first signal. Raises KeyboardInterrupt at the second."""
        if self.requested.is_set():
            raise KeyboardInterrupt
        self.requested.set()


class Follower:
    """Shows the progress of one job at a time on standard error."""

    def __init__(self, crew: LocalWorkers, interrupt: Interrupt) -> None:
        self.crew, self.interrupt = crew, interrupt
        self.progress = Progress()

    def follow(self, job: Job, by: Any) -> Job:
        """Wait until the job has ended and settled, and cancel it on an interrupt; returns its latest state."""
        queue.flush()
        self.progress = Progress(*PROGRESS_COLUMNS, console=Console(stderr=True))
        with self.progress:
            bar = self.progress.add_task(escape(job.title), total=100.0, words="")
            while (job := self.refresh(job, bar)).active:
                if self.interrupt.requested.is_set() and job.can_cancel:
                    job.cancel_if_possible(by, DOOR)
                    return self.wait_until_settled(job, bar)
                self.crew.ensure_running()
                time.sleep(POLL_SECONDS)
        return job

    def refresh(self, job: Job, bar: TaskID) -> Job:
        """Read the job again and update the bar."""
        job = Job.objects.with_counts().get(pk=job.pk)
        counts = job.counts
        words = f"{counts.finished:,} / {counts.total:,} files" + (f", {counts.failed:,} failed" * bool(counts.failed))
        self.progress.update(bar, completed=job.percent, description=escape(describe(job)), words=words)
        return job

    def wait_until_settled(self, job: Job, bar: TaskID) -> Job:
        """Wait until no item of a cancelled job runs, for at most SETTLE_SECONDS; returns its latest state."""
        deadline = time.monotonic() + SETTLE_SECONDS
        wait_until(lambda: not self.refresh(job, bar).active or time.monotonic() > deadline)
        return self.refresh(job, bar)


def describe(job: Job) -> str:
    """The title of the job and of its current phase."""
    if not job.settled:
        return f"{job.title}: cancelling…"
    return f"{job.title}: {job.current_phase.kind.title}" if job.active else job.title


def wait_until(condition: Callable[[], object]) -> None:
    while not condition():
        time.sleep(POLL_SECONDS)
