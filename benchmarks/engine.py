"""What the engine costs: items a second when an item is no work, beside one Celery task a file."""

from __future__ import annotations

import argparse
import os
import time
from statistics import median

import redis
from celery import group

from benchmarks import plain
from benchmarks.crew import celery, completed, seconds_of, submit, wait_for, workers
from benchmarks.figures import RATE, RATIO, Figure
from benchmarks.peers import peers
from project.accounts.models import User

AIMS = {"sqlite": 40_000.0, "postgresql": 20_000.0}


def measure(options: argparse.Namespace, database: str, owner: User) -> list[Figure]:
    """Both rates and how many times higher ours is."""
    ours = rate_of_engine(options, owner)
    theirs = rate_of_group(options)
    items = f"{options.items:,} empty items"
    others = {peer.name: peer.rate(options.tasks) for peer in peers(options.processes)}
    return [
        Figure("Empty items a second, ours ÷ a Celery group of one task a file", database, ours / theirs, RATIO),
        Figure(f"{items}, submit to completed, every row written", database, ours, RATE, AIMS[database]),
        Figure(f"A Celery group of {options.tasks:,} empty tasks, nothing written", database, theirs, RATE),
        *(
            Figure(f"Empty items a second, ours ÷ {name}", database, ours / rate, RATIO)
            for name, rate in others.items()
        ),
        *(
            Figure(f"{name}, {options.tasks:,} empty tasks, nothing written", database, rate, RATE)
            for name, rate in others.items()
        ),
    ]


def rate_of_engine(options: argparse.Namespace, owner: User) -> float:
    """The median of several runs; a small one before them opens connections."""
    with workers(options.processes):
        completed(submit(owner, items=100))
        return median(
            options.items / seconds_of(completed(submit(owner, items=options.items))) for _ in range(options.runs)
        )


def rate_of_group(options: argparse.Namespace) -> float:
    """From the moment that the group is sent until its last task is acknowledged."""
    broker = redis.Redis.from_url(os.environ["BENCHMARK_BROKER"])
    worker = celery("plain", "benchmarks.plain", "worker", "-c", str(options.processes), "-l", "WARNING")

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
