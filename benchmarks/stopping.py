"""How long it takes from a cancel until nothing of the job runs any more, by the database's clock."""

from __future__ import annotations

import argparse
import random
import time
from typing import Any

from benchmarks.crew import fresh, stopped, submit, wait_for, workers
from benchmarks.figures import Figure, spread
from benchmarks.kinds import NAME
from benchmarks.libraries import STEPS, folder_of, upload
from benchmarks.pictures import pictures
from project.accounts.models import User

AIM = 500.0
LARGE = 12  # photos of 24 megapixels: more than are done before the cancel


def measure(options: argparse.Namespace, database: str, owner: User) -> list[Figure]:
    """Items that only wait, and large photos."""
    person = User.objects.create_user("somebody who cancels")
    large = pictures(2 * LARGE)[1::2]
    upload(person, large)
    photos: dict[str, Any] = {"photos": "all", "filter": {"path": folder_of(large[0])}, "steps": STEPS}
    with workers(options.processes):
        waits = times(person, options.rounds, NAME, {"items": options.items, "seconds": 0.05})
        resizes = times(person, options.rounds, "process", photos)
    return [
        *spread("Cancel to quiet, items of 50 ms", database, waits, AIM),
        *spread("Cancel to quiet, 24 MP resizes", database, resizes, AIM),
    ]


def times(owner: User, rounds: int, kind: str, wanted: dict[str, Any]) -> list[float]:
    """Milliseconds of that many cancels, at any moment of an item."""
    found = []
    while len(found) < rounds:
        job = submit(owner, kind, **wanted)
        wait_for(lambda job=job: fresh(job).counts.in_flight)
        time.sleep(random.uniform(0.05, 0.3))
        took = stopped(job).stop_time
        if took is not None:  # else the photos were done before the cancel
            found.append(took.total_seconds() * 1000)
    return found
