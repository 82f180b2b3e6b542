"""Real parts: a Valkey, prefork workers and beat, in processes of their own, on the database of the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from django.db import OperationalError, connection, transaction

from jobs.models import Job, Worker
from project.sqlite.writer_queue import WriterQueue
from project.supervisor.parts import Part

SLOWDOWN = 4.0  # a machine that runs other tests as well may take that many times as long as the design says
MAX_STOP_TIME = timedelta(seconds=0.5) * SLOWDOWN  # until nothing of a cancelled job runs
MAX_CLAIM_TIME = timedelta(seconds=0.05) * SLOWDOWN  # until no worker begins an item of a cancelled job


class Crew:
    """The workers and the beat of one test."""

    def __init__(self, data: Path) -> None:
        self.data, self.parts = data, list[Part]()

    def celery(self, name: str, *arguments: str, app: str = "tests.real.app") -> Part:
        """Start a Celery process and keep it."""
        part = Part(name, [sys.executable, "-m", "celery", "-A", app, *arguments], self.data)
        part.start()
        self.parts.append(part)
        return part

    def worker(self, processes: int = 2, wait: bool = True, app: str = "tests.real.app") -> Part:
        """Start a worker, and wait until it and whoever was started before are at work."""
        part = self.celery(
            f"worker-{len(self.parts)}", "worker", "-c", str(processes), "-l", "INFO", "--without-gossip",
            "--without-mingle", "-n", f"w{time.monotonic_ns()}@test", app=app,
        )  # fmt: skip
        if wait:
            self.wait_until_ready()
        return part

    def wait_until_ready(self) -> None:
        """Wait until everybody has left a first sign of life."""
        for part in self.parts:
            if part.is_running():
                wait_for(Worker.objects.filter(name__endswith=f":{part.pid}").exists, 30)

    def beat(self) -> Part:
        """Start beat, in which the rescuer runs."""
        return self.celery(f"beat-{len(self.parts)}", "beat", "-s", str(self.data / f"beat-{time.monotonic_ns()}"))

    def log(self, part: Part) -> str:
        """What a part has said."""
        return part.log.read_text()

    def end(self) -> None:
        """Kill whoever is left."""
        for part in self.parts:
            part.kill()


def descendant_pids(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have started."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout.split()
    return [one for child in map(int, found) for one in (child, *descendant_pids(child))]


def send_signal(number: signal.Signals, *pids: int) -> None:
    """Send a signal to processes."""
    for pid in pids:
        os.kill(pid, number)


def freeze(job: Job, *pids: int) -> None:
    """Stop processes with items in hand, but not in the middle of a transaction: that would stop everybody else."""
    while True:
        send_signal(signal.SIGSTOP, *pids)
        if can_write(job) and job.items.running().exists():
            return
        send_signal(signal.SIGCONT, *pids)
        time.sleep(0.03)


def can_write(job: Job) -> bool:
    """Whether nobody keeps the job's row, or on SQLite the whole database, locked."""
    if connection.vendor == "sqlite":
        line = WriterQueue(Path(connection.settings_dict["NAME"]))
        line.acquire(0.3)
        free = line.is_acquired
        line.close()
        return free
    with suppress(OperationalError), transaction.atomic():
        return bool(Job.objects.select_for_update(nowait=True).filter(pk=job.pk))
    return False


def wait_for(condition: Callable[[], object], seconds: float = 20) -> float:
    """Wait until something is so; the seconds that it took. Fails when it does not come to be in time."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds, "it did not come to be in time"
        time.sleep(0.02)
    return time.monotonic() - began


def finished_count(job: Job) -> int:
    """How many items of a job have been finished by now."""
    return Job.objects.values_list("finished", flat=True).get(pk=job.pk)


def database_url() -> str:
    """The database that this test uses, as an address for other processes."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user = ":".join(quote(part, safe="") for part in (database["USER"], database["PASSWORD"]) if part)
    query = "".join(f"?host={quote(database['HOST'], safe='')}" for _ in [0] if database["HOST"].startswith("/"))
    host = "" if query else database["HOST"]
    return f"postgres://{user}@{host}:{database['PORT'] or 5432}/{database['NAME']}{query}"
