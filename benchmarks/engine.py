"""What the engine costs: items a second when an item is no work, beside one Celery task a file."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from statistics import median

import redis
from celery import group

from benchmarks import plain
from benchmarks.figures import RATE, RATIO, Figure
from benchmarks.harness import job_seconds, start_celery, submit, wait_for, wait_until_completed, workers
from benchmarks.peers import installed_peers
from project.accounts.models import User

AIMS = {"sqlite": 40_000.0, "postgresql": 20_000.0}


def measure(options: argparse.Namespace, database: str, owner: User) -> Iterator[Figure]:
    """Our rates, theirs, and how many times higher ours is."""
    with workers(options.processes):
        wait_until_completed(submit(owner, items=100))  # opens connections
        ours = median(measure_rate(owner, options.items) for _ in range(options.runs))
        yield Figure(
            f"{options.items:,} empty items, submit to completed, every row written", database, ours, RATE,
            AIMS[database],
        )  # fmt: skip
        most = f"{options.most:,} empty items, planned and done by the workers, submit to completed"
        yield Figure(most, database, measure_rate(owner, options.most), RATE, AIMS[database])
    theirs = measure_group_rate(options)
    yield Figure("Empty items a second, ours ÷ a Celery group of one task a file", database, ours / theirs, RATIO)
    yield Figure(f"A Celery group of {options.tasks:,} empty tasks, nothing written", database, theirs, RATE)
    for peer in installed_peers(options.processes):
        theirs = peer.rate(options.tasks)
        yield Figure(f"Empty items a second, ours ÷ {peer.name}", database, ours / theirs, RATIO)
        yield Figure(f"{peer.name}, {options.tasks:,} empty tasks, nothing written", database, theirs, RATE)


def measure_rate(owner: User, items: int) -> float:
    """Items a second of one job."""
    return items / job_seconds(wait_until_completed(submit(owner, items=items)))


def measure_group_rate(options: argparse.Namespace) -> float:
    """From the moment that the group is sent until its last task is acknowledged."""
    broker = redis.Redis.from_url(os.environ["BENCHMARK_BROKER"])
    worker = start_celery("plain", "benchmarks.plain", "worker", "-c", str(options.processes), "-l", "WARNING")

    def quiet() -> bool:
        return not broker.llen("plain") and not broker.hlen("unacked")

    try:
        plain.nothing.delay(0)
        wait_for(quiet)
        began = time.monotonic()
        group(plain.nothing.s(number) for number in range(options.tasks)).apply_async()
        wait_for(quiet)
        return float(options.tasks / (time.monotonic() - began))
    finally:
        worker.stop()
