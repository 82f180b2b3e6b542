"""What a schedule is about: a job, workers, and what people do to it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial
from typing import Any

from jobs.models import Job, Worker
from tests.simulation import kinds
from tests.simulation.world import Option, World

PHASES = (("process",), ("process", "classify"), ("process", "catalogue"), ("process", "classify", "catalogue"))
BEHAVIOURS = (kinds.GOOD,) * 5 + (kinds.FAILING, kinds.PASSING, kinds.CRASHING, kinds.POISONOUS, kinds.LONG, kinds.LONG)
VERBS = ("cancel", "cancel", "cancel and finish", "cancel and discard", "resume", "resume", "retry", "delete")
STEP_SECONDS = (0.001, 0.01, 0.1)


@dataclass(frozen=True)
class Scenario:
    """A job of a few items, how many workers there are, and the verbs that people use, in this order."""

    items: int
    behaviours: dict[str, str]
    phases: tuple[str, ...]
    workers: int
    verbs: tuple[str, ...]
    step_seconds: float = 0.001

    @classmethod
    def random(cls, chance: random.Random) -> Scenario:
        """One of very many."""
        items = chance.randint(1, 4)
        behaviours = {str(position): chance.choice(BEHAVIOURS) for position in range(1, items + 1)}
        verbs = tuple(chance.choice(VERBS) for _ in range(chance.choice((0, 1, 1, 2, 3, 4))))
        return cls(items, behaviours, chance.choice(PHASES), chance.randint(1, 3), verbs, chance.choice(STEP_SECONDS))

    def __str__(self) -> str:
        people = f"; people: {', '.join(self.verbs)}" if self.verbs else ""
        items = ", ".join(f"{position} {how}" for position, how in self.behaviours.items())
        return f"{self.workers} workers; phases {', '.join(self.phases)}; items {items}{people}"


class Play:
    """A scenario in a world, from the submit on."""

    def __init__(self, scenario: Scenario, world: World, owner: Any) -> None:
        self.scenario, self.world, self.owner = scenario, world, owner
        world.reset()
        world.worker_count, world.step_seconds = scenario.workers, scenario.step_seconds
        now = world.clock.database_now()
        far = now.replace(year=now.year + 1)
        Worker.objects.create(
            name="workers", role=Worker.WORKER, processes=scenario.workers, started_at=now, beat_at=far
        )
        data = {"items": scenario.items, "behaviours": scenario.behaviours, "phases": list(scenario.phases)}
        self.job = Job.submit("simulated", kinds.simulated.submission(data, owner), owner, door="api")
        self.verbs = list(scenario.verbs)

    def options(self, with_faults: bool) -> list[Option]:
        """Everything that can happen next; always the same list after the same choices."""
        found = [*self.world.steps_possible(), *self.world.starts_possible(), *self.verbs_possible()]
        if with_faults:
            found += [*self.world.faults_possible(), *self.world.wakes_possible(), *self.world.ticks_possible()]
        return found

    def verbs_possible(self) -> list[Option]:
        """The next verb of the scenario, when a web server's thread is free for it."""
        free = [seat for seat in self.world.requests if not seat.main.is_busy]
        if not self.verbs or not free:
            return []
        seat, verb = free[0], self.verbs[0]
        return [Option(f"{seat.name} begins: {verb}", "verb", seat.name, partial(self.start_verb, seat, verb))]

    def start_verb(self, seat: Any, verb: str) -> None:
        """A web request begins."""
        del self.verbs[0]
        self.world.start_verb(seat, verb, partial(self.use_verb, verb, seat))

    def use_verb(self, verb: str, seat: Any) -> None:
        """What the view of that verb does."""
        job = Job.objects.get(pk=self.job.pk)
        if verb.startswith("cancel"):
            self.cancel(job, seat, finish=verb.endswith("finish"), discard=verb.endswith("discard"))
        elif verb == "delete":
            job.remove(by=self.owner, door="api")
        else:
            getattr(job, verb)(by=self.owner, door="api")

    def cancel(self, job: Job, seat: Any, finish: bool, discard: bool) -> None:
        """Cancel, and note when that was committed: nothing may start afterwards."""
        points = seat.main.points
        points.on_commit = lambda: self.world.cancel_commits.append(self.world.clock.seconds)
        try:
            job.cancel(by=self.owner, door="api", finish=finish, discard=discard)
        finally:
            points.on_commit = lambda: None
