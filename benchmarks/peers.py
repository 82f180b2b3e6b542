"""The same empty tasks through other queues, each with two processes and as its own documentation starts it."""

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
    """A queue: how its workers are started, how so many tasks are sent, and how many are left."""

    name: str
    command: tuple[str, ...]
    send: Callable[[int], None]
    left: Callable[[], int]

    def rate(self, tasks: int) -> float:
        """Tasks a second, from the first that is sent until none is left."""
        worker = Part(self.name.lower(), [sys.executable, "-m", *self.command], Path(settings.STOPBATH_DATA))
        worker.start()
        try:
            self.send(10)
            wait_for(lambda: not self.left())
            began = time.monotonic()
            self.send(tasks)
            wait_for(lambda: not self.left())
            return tasks / (time.monotonic() - began)
        finally:
            worker.stop()


def queue_address(number: int) -> str:
    """A database of the broker's own for each queue."""
    return f"{os.environ['BENCHMARK_BROKER'].rsplit('/', 1)[0]}/{number}"


def installed_peers(processes: int) -> Iterator[Peer]:
    """Those that are installed."""
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

    def left() -> int:
        return len(queue) + StartedJobRegistry(queue=queue).get_job_count()

    command = ("rq.cli", "worker-pool", "--url", queue_address(2), "-n", str(processes), "-q", "-l", "WARNING")
    return Peer("RQ", command, send, left)


def dramatiq(processes: int) -> Peer:
    """Dramatiq with one thread a process."""
    from benchmarks import peer_dramatiq  # noqa: PLC0415

    store = redis.Redis.from_url(queue_address(3))

    def send(tasks: int) -> None:
        for number in range(tasks):
            peer_dramatiq.nothing.send(number)

    def left() -> int:
        waiting: Any = store.llen("dramatiq:default")
        return int(waiting) + sum(int(store.scard(key)) for key in store.scan_iter("dramatiq:__acks__.*.default"))

    command = ("dramatiq", "benchmarks.peer_dramatiq", "--processes", str(processes), "--threads", "1")
    return Peer("Dramatiq", command, send, left)


def huey(processes: int) -> Peer:
    """Huey with processes as workers."""
    from benchmarks import peer_huey  # noqa: PLC0415

    def send(tasks: int) -> None:
        for number in range(tasks):
            peer_huey.nothing(number)

    workers = ("-w", str(processes), "-k", "process", "-q")
    command = ("huey.bin.huey_consumer", "benchmarks.peer_huey.huey", *workers)
    return Peer("Huey", command, send, peer_huey.huey.pending_count)
