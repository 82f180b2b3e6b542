"""What requests cost inside the server: Django's own client calls the views, with all middleware."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.test import Client

from benchmarks.figures import RATE, Figure, spread_figures
from benchmarks.harness import busy_workers, cancel_and_settle, submit, workers
from benchmarks.kinds import KIND_NAME
from benchmarks.libraries import STEPS, create_library
from jobs.models import Job
from project.accounts.models import User

SIZES = (100, 10_000, 100_000)
AIMS = {"submit": 150.0, "cancel": 50.0, "poll": 10.0, "write": 50.0}
recipe_numbers = count()


class Visitor:
    """Somebody who is signed in and asks the API for things."""

    def __init__(self, person: User) -> None:
        self.person = person
        self.client = Client(headers={"host": "localhost"})
        self.client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    def get(self, path: str) -> tuple[float, Any]:
        """The answer and the milliseconds it took. Raises RuntimeError for a refusal."""
        began = time.perf_counter()
        response = self.client.get(path)
        return self.checked_answer(began, response)

    def post(self, path: str, **body: Any) -> tuple[float, Any]:
        """The answer and the milliseconds it took. Raises RuntimeError for a refusal."""
        began = time.perf_counter()
        response = self.client.post(path, body, content_type="application/json")
        return self.checked_answer(began, response)

    def checked_answer(self, began: float, response: Any) -> tuple[float, Any]:
        """The body of a good answer, and the time since."""
        took = (time.perf_counter() - began) * 1000
        if response.status_code >= 400:
            raise RuntimeError(f"{response.status_code}: {response.content[:200]!r}")
        return took, response.json()


@dataclass(frozen=True)
class Rounds:
    """Requests about batches of one size."""

    visitor: Visitor
    size: int
    number: int

    def submits(self, **chosen: Any) -> list[float]:
        """Submit photos; what was submitted is cancelled before the next round."""
        times = []
        for _ in range(self.number):
            took, job = self.visitor.post("/api/jobs", kind="process", photos="all", steps=STEPS, **chosen)
            times.append(took)
            cancel_and_settle(Job.objects.get(uuid=job["id"]))
        return times

    def polls_and_cancels(self) -> tuple[list[float], list[float]]:
        """Submit items that take a while, look how far they are, cancel them."""
        polls, cancels = [], []
        for _ in range(self.number):
            _, job = self.visitor.post("/api/jobs", kind=KIND_NAME, items=self.size, seconds=0.05)
            time.sleep(0.1)
            polls += [self.visitor.get(f"/api/jobs/{job['id']}")[0] for _ in range(3)]
            cancels.append(self.visitor.post(f"/api/jobs/{job['id']}/cancel")[0])
            cancel_and_settle(Job.objects.get(uuid=job["id"]))
        return polls, cancels

    def writes(self) -> list[float]:
        """Save recipes: a write that has nothing to do with jobs."""
        return [
            self.visitor.post("/api/recipes", name=f"Recipe {next(recipe_numbers)}", steps=STEPS)[0]
            for _ in range(3 * self.number)
        ]


def measure(options: argparse.Namespace, database: str, owner: User) -> Iterator[Figure]:
    """Requests while the workers have nothing else to do, then while they run at full speed."""
    sizes = sorted({size for size in SIZES if size < options.most} | {options.most})
    rounds = [Rounds(Visitor(create_library(size)), size, options.rounds) for size in sizes]
    yield measure_planning(rounds[-1], database)
    with workers(options.processes):
        yield from measure_requests(rounds, database, "workers idle")
        with busy_workers(owner):
            yield from measure_requests(rounds, database, "workers busy")


def measure_planning(rounds: Rounds, database: str) -> Figure:
    """How fast the photos of a job are given rows of their own; the workers do it between other things."""
    job = submit(rounds.visitor.person, "process", photos="all", steps=STEPS)
    began = time.monotonic()
    for _ in range(rounds.size):
        with job.locked() as fresh:
            if not fresh.current_phase.plan():
                break
    took = time.monotonic() - began
    cancel_and_settle(job)
    return Figure(f"{rounds.size:,} photos planned, a row each, by one process", database, rounds.size / took, RATE)


def measure_requests(all_rounds: Sequence[Rounds], database: str, load: str) -> Iterator[Figure]:
    """Every request at every size."""
    for rounds in all_rounds:
        tell = f"of {rounds.size:,}, {load}"
        yield from spread_figures(f"Submit all {tell}", database, rounds.submits(), AIMS["submit"])
        filtered = rounds.submits(filter={"search": "img_"})
        yield from spread_figures(f"Submit a filter that matches all {tell}", database, filtered, AIMS["submit"])
        polls, cancels = rounds.polls_and_cancels()
        yield from spread_figures(f"Poll {tell}", database, polls, AIMS["poll"])
        yield from spread_figures(f"Cancel {tell}", database, cancels, AIMS["cancel"])
        yield from spread_figures(f"Save a recipe beside a library {tell}", database, rounds.writes(), AIMS["write"])
