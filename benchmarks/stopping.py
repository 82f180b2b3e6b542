"""How long it takes from a cancel until nothing of the job runs any more, by the database's clock."""

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
LARGE_PHOTOS = 12  # photos of 24 megapixels: more than are done before the cancel
PAGE_COUNT = 60


def measure(options: argparse.Namespace, database: str, owner: User) -> Iterator[Figure]:
    """Work of every sort: waiting, large photos, a very large one, a long document, an answer that never comes."""
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
        for what, kind, wanted in sorts:
            yield from stop_figures(
                f"Cancel to quiet, {what}", database, time_cancels(person, options.rounds, kind, wanted)
            )


def stop_figures(what: str, database: str, milliseconds: list[float]) -> list[Figure]:
    """The median and the 99th percentile, for which the aim is."""
    return [
        Figure(f"{what}, p50", database, percentile(milliseconds, 50), TIME),
        Figure(f"{what}, p99", database, percentile(milliseconds, 99), TIME, AIM),
    ]


def time_cancels(owner: User, rounds: int, kind: str, wanted: dict[str, Any]) -> list[float]:
    """Milliseconds of that many cancels, at any moment of an item."""
    found: list[float] = []
    for _ in range(3 * rounds):
        job = submit(owner, kind, **wanted)
        wait_for(lambda job=job: reload_job(job).counts.in_flight)
        time.sleep(random.uniform(0.05, 0.3))
        took = cancel_and_settle(job).stop_time
        if took is not None:  # else it was done before the cancel
            found.append(took.total_seconds() * 1000)
        if len(found) == rounds:
            return found
    raise RuntimeError(f"Only {len(found)} of {3 * rounds} jobs were still running when they were cancelled.")
