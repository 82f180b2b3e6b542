"""The time from a cancel until no item of the job runs, by the database's clock."""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.documents import scanned_document
from benchmarks.figures import TIME, Figure, percentile
from benchmarks.harness import cancel_and_settle, reload_job, submit, wait_for, workers
from benchmarks.kinds import KIND_NAME
from benchmarks.libraries import STEPS, folder_name, upload
from benchmarks.pictures import pictures_of
from benchmarks.silent_server import silent_server
from project.accounts.models import User

AIM = 500.0
LARGE_PHOTOS = 12  # of 24 megapixels: more than workers process before the cancel
PAGE_COUNT = 60


def measure(options: argparse.Namespace, database: str, owner: User) -> Iterator[Figure]:
    """The times for every sort of work: waiting, photos, a large blur, a long document, a slow request."""
    person = User.objects.create_user("somebody who cancels")
    large = pictures_of(24, LARGE_PHOTOS)
    upload(person, [*large, scanned_document(PAGE_COUNT)])
    photos: dict[str, Any] = {"photos": "all", "filter": {"path": folder_name(large[0])}, "steps": STEPS}
    pages: dict[str, Any] = {"photos": "all", "filter": {"format": "pdf"}, "steps": STEPS}
    with workers(options.processes), silent_server() as address:
        sorts = [
            ("items of 50 ms", KIND_NAME, {"items": options.items, "seconds": 0.05}),
            ("24 MP resizes", "process", photos),
            ("a blur of 100 MP", KIND_NAME, {"items": 100, "blur": 20}),
            (f"a PDF of {PAGE_COUNT} pages", "process", pages),
            ("a slow HTTP call", KIND_NAME, {"items": 100, "address": address}),
        ]
        for label, kind, body in sorts:
            yield from stop_figures(
                f"Cancel to quiet, {label}", database, time_cancels(person, options.rounds, kind, body)
            )


def stop_figures(what: str, database: str, milliseconds: list[float]) -> list[Figure]:
    """The median and the 99th percentile of times; the aim is for the percentile."""
    return [
        Figure(f"{what}, p50", database, percentile(milliseconds, 50), TIME),
        Figure(f"{what}, p99", database, percentile(milliseconds, 99), TIME, AIM),
    ]


def time_cancels(owner: User, rounds: int, kind: str, body: dict[str, Any]) -> list[float]:
    """Milliseconds of that many cancels, each at a random moment of an item. Raises RuntimeError."""
    milliseconds: list[float] = []
    for _ in range(3 * rounds):
        job = submit(owner, kind, **body)
        wait_for(lambda job=job: reload_job(job).counts.in_flight)
        time.sleep(random.uniform(0.05, 0.3))
        stop_time = cancel_and_settle(job).stop_time
        if stop_time is not None:  # else the job ended before the cancel
            milliseconds.append(stop_time.total_seconds() * 1000)
        if len(milliseconds) == rounds:
            return milliseconds
    raise RuntimeError(f"Only {len(milliseconds)} of {3 * rounds} jobs were still running when they were cancelled.")
