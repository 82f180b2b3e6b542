"""The cost of the engine: empty items a second, compared with one Celery task for each file."""

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
    """The rates of the engine and of other queues, and their ratios."""
    with workers(options.processes):
        wait_until_completed(submit(owner, items=100))  # opens connections
        ours = median(measure_rate(owner, options.items) for _ in range(options.runs))
        yield Figure(
            f"{options.items:,} empty items, submit to completed, every row written", database, ours, RATE,
            AIMS[database],
        )  # fmt: skip
        largest = f"{options.most:,} empty items, planned and done by the workers, submit to completed"
        yield Figure(largest, database, measure_rate(owner, options.most), RATE, AIMS[database])
    other_rate = measure_group_rate(options)
    yield Figure("Empty items a second, ours ÷ a Celery group of one task a file", database, ours / other_rate, RATIO)
    yield Figure(f"A Celery group of {options.tasks:,} empty tasks, nothing written", database, other_rate, RATE)
    for peer in installed_peers(options.processes):
        other_rate = peer.rate(options.tasks)
        yield Figure(f"Empty items a second, ours ÷ {peer.name}", database, ours / other_rate, RATIO)
        yield Figure(f"{peer.name}, {options.tasks:,} empty tasks, nothing written", database, other_rate, RATE)


def measure_rate(owner: User, items: int) -> float:
    """Items a second of one job with that many empty items."""
    return items / job_seconds(wait_until_completed(submit(owner, items=items)))


def measure_group_rate(options: argparse.Namespace) -> float:
    """Tasks a second of a Celery group, from its sending until the last acknowledgement."""
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
