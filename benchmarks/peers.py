"""Empty tasks through other queues, each with its workers started as its documentation says."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import redis
from django.conf import settings

from benchmarks.harness import wait_for
from project.supervisor.parts import Part


@dataclass(frozen=True)
class Peer:
    """Another queue: the command of its workers, and functions that send tasks and count unfinished ones."""

    name: str
    command: tuple[str, ...]
    send: Callable[[int], None]
    unfinished: Callable[[], int]

    def rate(self, tasks: int) -> float:
        """Tasks a second, from the first sending until none is unfinished."""
        worker = Part(self.name.lower(), [sys.executable, "-m", *self.command], Path(settings.STOPBATH_DATA))
        worker.start()
        try:
            self.send(10)
            wait_for(lambda: not self.unfinished())
            began = time.monotonic()
            self.send(tasks)
            wait_for(lambda: not self.unfinished())
            return tasks / (time.monotonic() - began)
        finally:
            worker.stop()


def queue_address(number: int) -> str:
    """The address of the broker's database with that number: each queue has its own."""
    return f"{os.environ['BENCHMARK_BROKER'].rsplit('/', 1)[0]}/{number}"


def installed_peers(processes: int) -> Iterator[Peer]:
    """The queues that are installed."""
    for name, make in (("rq", rq), ("dramatiq", dramatiq), ("huey", huey)):
        if find_spec(name):
            yield make(processes)


def rq(processes: int) -> Peer:
    """RQ with its default worker, which forks for every task."""
    from rq import Queue  # noqa: PLC0415 - may not be installed
    from rq.registry import StartedJobRegistry  # noqa: PLC0415

    from benchmarks.peer_tasks import rq_nothing  # noqa: PLC0415

    queue = Queue(connection=redis.Redis.from_url(queue_address(2)))

    def send(tasks: int) -> None:
        prepared = [Queue.prepare_data(rq_nothing, (number,), result_ttl=0) for number in range(tasks)]
        queue.enqueue_many(prepared)

    def unfinished() -> int:
        return len(queue) + StartedJobRegistry(queue=queue).get_job_count()

    command = ("rq.cli", "worker-pool", "--url", queue_address(2), "-n", str(processes), "-q", "-l", "WARNING")
    return Peer("RQ", command, send, unfinished)


def dramatiq(processes: int) -> Peer:
    """Dramatiq with one thread a process."""
    from benchmarks import peer_dramatiq  # noqa: PLC0415

    store = redis.Redis.from_url(queue_address(3))

    def send(tasks: int) -> None:
        for number in range(tasks):
            peer_dramatiq.nothing.send(number)

    def unfinished() -> int:
        length: Any = store.llen("dramatiq:default")
        return int(length) + sum(int(store.scard(key)) for key in store.scan_iter("dramatiq:__acks__.*.default"))

    command = ("dramatiq", "benchmarks.peer_dramatiq", "--processes", str(processes), "--threads", "1")
    return Peer("Dramatiq", command, send, unfinished)


def huey(processes: int) -> Peer:
    """Huey with processes as workers."""
    from benchmarks import peer_huey  # noqa: PLC0415

    def send(tasks: int) -> None:
        for number in range(tasks):
            peer_huey.nothing(number)

    workers = ("-w", str(processes), "-k", "process", "-q")
    command = ("huey.bin.huey_consumer", "benchmarks.peer_huey.huey", *workers)
    return Peer("Huey", command, send, peer_huey.huey.pending_count)
