"""The time of requests inside the server: Django's test client calls the views with all middleware."""

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
    """A signed-in client of the API."""

    def __init__(self, person: User) -> None:
        self.person = person
        self.client = Client(headers={"host": "localhost"})
        self.client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    def get(self, path: str) -> tuple[float, Any]:
        """Milliseconds of a GET, and its JSON. Raises RuntimeError for an error."""
        began = time.perf_counter()
        response = self.client.get(path)
        return self.checked_answer(began, response)

    def post(self, path: str, **body: Any) -> tuple[float, Any]:
        """Milliseconds of a POST, and its JSON. Raises RuntimeError for an error."""
        began = time.perf_counter()
        response = self.client.post(path, body, content_type="application/json")
        return self.checked_answer(began, response)

    def checked_answer(self, began: float, response: Any) -> tuple[float, Any]:
        """Milliseconds since `began`, and the JSON of a response. Raises RuntimeError for an error."""
        milliseconds = (time.perf_counter() - began) * 1000
        if response.status_code >= 400:
            raise RuntimeError(f"{response.status_code}: {response.content[:200]!r}")
        return milliseconds, response.json()


@dataclass(frozen=True)
class Rounds:
    """Rounds of requests about jobs of one size."""

    visitor: Visitor
    size: int
    number: int

    def submits(self, **options: Any) -> list[float]:
        """Milliseconds of each submit; its job is cancelled before the next one."""
        times = []
        for _ in range(self.number):
            took, job = self.visitor.post("/api/jobs", kind="process", photos="all", steps=STEPS, **options)
            times.append(took)
            cancel_and_settle(Job.objects.get(uuid=job["id"]))
        return times

    def polls_and_cancels(self) -> tuple[list[float], list[float]]:
        """Milliseconds of each poll and each cancel of running jobs."""
        polls, cancels = [], []
        for _ in range(self.number):
            _, job = self.visitor.post("/api/jobs", kind=KIND_NAME, items=self.size, seconds=0.05)
            time.sleep(0.1)
            polls += [self.visitor.get(f"/api/jobs/{job['id']}")[0] for _ in range(3)]
            cancels.append(self.visitor.post(f"/api/jobs/{job['id']}/cancel")[0])
            cancel_and_settle(Job.objects.get(uuid=job["id"]))
        return polls, cancels

    def writes(self) -> list[float]:
        """Milliseconds of writes that do not concern jobs: new recipes."""
        return [
            self.visitor.post("/api/recipes", name=f"Recipe {next(recipe_numbers)}", steps=STEPS)[0]
            for _ in range(3 * self.number)
        ]


def measure(options: argparse.Namespace, database: str, owner: User) -> Iterator[Figure]:
    """The times of requests with idle workers, then with busy ones."""
    sizes = sorted({size for size in SIZES if size < options.most} | {options.most})
    rounds = [Rounds(Visitor(create_library(size)), size, options.rounds) for size in sizes]
    yield measure_planning(rounds[-1], database)
    with workers(options.processes):
        yield from measure_requests(rounds, database, "workers idle")
        with busy_workers(owner):
            yield from measure_requests(rounds, database, "workers busy")


def measure_planning(rounds: Rounds, database: str) -> Figure:
    """The rate at which one process plans the items of a job; workers do so between turns."""
    job = submit(rounds.visitor.person, "process", photos="all", steps=STEPS)
    began = time.monotonic()
    for _ in range(rounds.size):
        with job.locked() as locked_job:
            if not locked_job.current_phase.plan():
                break
    seconds = time.monotonic() - began
    cancel_and_settle(job)
    return Figure(f"{rounds.size:,} photos planned, a row each, by one process", database, rounds.size / seconds, RATE)


def measure_requests(all_rounds: Sequence[Rounds], database: str, load: str) -> Iterator[Figure]:
    """The times of every request at every size."""
    for rounds in all_rounds:
        suffix = f"of {rounds.size:,}, {load}"
        yield from spread_figures(f"Submit all {suffix}", database, rounds.submits(), AIMS["submit"])
        filter_times = rounds.submits(filter={"search": "img_"})
        yield from spread_figures(f"Submit a filter that matches all {suffix}", database, filter_times, AIMS["submit"])
        polls, cancels = rounds.polls_and_cancels()
        yield from spread_figures(f"Poll {suffix}", database, polls, AIMS["poll"])
        yield from spread_figures(f"Cancel {suffix}", database, cancels, AIMS["cancel"])
        yield from spread_figures(f"Save a recipe beside a library {suffix}", database, rounds.writes(), AIMS["write"])
