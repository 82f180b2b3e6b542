"""The time until work continues after a part was killed with -9."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any

import redis
from django.conf import settings
from django.db import connection

from benchmarks.environments import BROKER_VARIABLE, own_cluster, restart_postgres
from benchmarks.figures import TIME, Figure
from benchmarks.harness import cancel_and_settle, reload_job, start_celery, submit, wait_for
from benchmarks.processes import descendants
from jobs.models import Job, Worker
from project.accounts.models import User
from project.supervisor.broker import Broker
from project.supervisor.parts import Part

CHILD_AIM, BROKER_AIM = 6_000.0, 15_000.0
ITEM_SECONDS = 0.05


class Workers:
    """Two workers of one process each, and beat; a killed worker is replaced."""

    def __init__(self) -> None:
        self.broker: Broker | None = None
        self.parts = [self.worker(), self.worker(), start_celery("beat", "benchmarks.app", "beat", "-l", "INFO")]

    def worker(self) -> Part:
        """Start a worker of one process."""
        options = ("--without-gossip", "--without-mingle", "-n", f"w{time.monotonic_ns()}@%h")
        return start_celery("worker", "benchmarks.app", "worker", "-c", "1", "-l", "INFO", *options)

    def stop(self) -> None:
        for part in self.parts:
            part.stop()

    def kill_child(self) -> None:
        """Kill the child process of the first worker."""
        os.kill(descendants(self.parts[0].pid)[0], signal.SIGKILL)

    def kill_worker(self) -> None:
        """Kill the first worker with its child, and start another one."""
        self.parts[0].kill()
        self.parts[0] = self.worker()

    def kill_broker(self, keep: bool) -> None:
        """Kill the broker, and start another one half a second later; without `keep` its messages are lost."""
        info: Any = redis.Redis.from_url(os.environ[BROKER_VARIABLE]).info("server")
        os.kill(info["process_id"], signal.SIGKILL)
        broker = Broker(Path(settings.STOPBATH_DATA))
        if not keep:
            shutil.rmtree(broker.messages)
        time.sleep(0.5)
        broker.start()
        broker.wait_until_ready()
        self.broker = broker  # kept: the next kill needs a broker, too

    def kill_database(self) -> None:
        """Kill every process of PostgreSQL, start it again, and return when it answers."""
        cluster = own_cluster()
        server = int((cluster / "postmaster.pid").read_text().split()[0])
        for pid in (server, *descendants(server)):
            with suppress(ProcessLookupError):  # children may end by themselves once the server is killed
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.5)
        restart_postgres(cluster)
        connection.close()


def measure(options: argparse.Namespace, database: str, owner: User) -> Iterator[Figure]:
    """The time after each sort of kill, during a job of small items."""
    with two_workers() as crew:
        kills: list[tuple[str, Callable[[], None], float]] = [
            ("one worker process", crew.kill_child, CHILD_AIM),
            ("a whole worker (then started again)", crew.kill_worker, CHILD_AIM),
            ("the broker (from its return, data kept)", lambda: crew.kill_broker(keep=True), BROKER_AIM),
            ("the broker (from its return, data lost)", lambda: crew.kill_broker(keep=False), BROKER_AIM),
        ]
        if own_cluster().exists():
            kills.append(("the database (from its return)", crew.kill_database, BROKER_AIM))
        for what, kill, aim in kills:
            yield Figure(
                f"After {what} was killed with -9: until its items are in line again and work goes on", database,
                median(measure_recovery(owner, kill) for _ in range(options.kills)), TIME, aim,
            )  # fmt: skip


@contextmanager
def two_workers() -> Iterator[Workers]:
    """Start the workers, and wait until both are alive."""
    crew = Workers()
    try:
        wait_for(lambda: Worker.objects.alive().count() >= 2)
        yield crew
    finally:
        crew.stop()


def measure_recovery(owner: User, kill: Callable[[], None]) -> float:
    """Milliseconds from the kill until all earlier claims are void and further items have succeeded."""
    job = submit(owner, items=100_000, seconds=ITEM_SECONDS)
    wait_for(lambda: reload_job(job).counts.succeeded > 20)
    claims = list(job.items.running().values_list("pk", "lane_id", "turn"))
    kill()
    began, succeeded_before = time.monotonic(), reload_job(job).counts.succeeded
    wait_for(lambda: reload_job(job).counts.succeeded > succeeded_before and not has_claims(job, claims), seconds=60)
    milliseconds = (time.monotonic() - began) * 1000
    cancel_and_settle(job)
    return milliseconds


def has_claims(job: Job, claims: Sequence[tuple[int, int | None, int | None]]) -> bool:
    """Whether one of these claims is still valid."""
    return not set(claims).isdisjoint(job.items.running().values_list("pk", "lane_id", "turn"))
