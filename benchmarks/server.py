"""What requests cost inside the server: Django's own client calls the views, with all middleware."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.test import Client

from benchmarks.crew import full_speed, stopped, workers
from benchmarks.figures import Figure, spread
from benchmarks.kinds import NAME
from benchmarks.libraries import STEPS, library
from jobs.models import Job
from project.accounts.models import User

SMALL = 100
AIMS = {"submit": 150.0, "cancel": 50.0, "poll": 10.0, "write": 50.0}
numbers = count()


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
        return self.answered(began, response)

    def post(self, path: str, **body: Any) -> tuple[float, Any]:
        """The answer and the milliseconds it took. Raises RuntimeError for a refusal."""
        began = time.perf_counter()
        response = self.client.post(path, body, content_type="application/json")
        return self.answered(began, response)

    def answered(self, began: float, response: Any) -> tuple[float, Any]:
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
            stopped(Job.objects.get(uuid=job["id"]))
        return times

    def polls_and_cancels(self) -> tuple[list[float], list[float]]:
        """Submit items that take a while, look how far they are, cancel them."""
        polls, cancels = [], []
        for _ in range(self.number):
            _, job = self.visitor.post("/api/jobs", kind=NAME, items=self.size, seconds=0.05)
            time.sleep(0.1)
            polls += [self.visitor.get(f"/api/jobs/{job['id']}")[0] for _ in range(3)]
            cancels.append(self.visitor.post(f"/api/jobs/{job['id']}/cancel")[0])
            stopped(Job.objects.get(uuid=job["id"]))
        return polls, cancels


def measure(options: argparse.Namespace, database: str, owner: User) -> list[Figure]:
    """Requests while the workers have nothing else to do, then while they run at full speed."""
    sizes = sorted({SMALL, 100 * SMALL, options.most})
    rounds = [Rounds(Visitor(library(size)), size, options.rounds) for size in sizes]
    with workers(options.processes):
        figures = requests(rounds, database, "workers idle")
        with full_speed(owner):
            figures += requests(rounds, database, "workers busy")
            figures += writes(rounds[0], database)
    return figures


def requests(all_rounds: Sequence[Rounds], database: str, load: str) -> list[Figure]:
    """Every request at every size."""
    figures: list[Figure] = []
    for rounds in all_rounds:
        tell = f"of {rounds.size:,}, {load}"
        figures += spread(f"Submit all {tell}", database, rounds.submits(), AIMS["submit"])
        filtered = rounds.submits(filter={"search": "img_"})
        figures += spread(f"Submit a filter that matches all {tell}", database, filtered, AIMS["submit"])
        polls, cancels = rounds.polls_and_cancels()
        figures += spread(f"Poll {tell}", database, polls, AIMS["poll"])
        figures += spread(f"Cancel {tell}", database, cancels, AIMS["cancel"])
    return figures


def writes(rounds: Rounds, database: str) -> list[Figure]:
    """Save recipes: a write that has nothing to do with jobs."""
    times = [
        rounds.visitor.post("/api/recipes", name=f"Recipe {next(numbers)}", steps=STEPS)[0]
        for _ in range(5 * rounds.number)
    ]
    return spread("Save a recipe, workers busy", database, times, AIMS["write"])
