"""Plays a schedule: disorder, then healing, then the checks."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from jobs import states
from jobs.models import Job
from jobs.recovery.rescue import clear_job
from tests.simulation import checks
from tests.simulation.clock import BEGINNING
from tests.simulation.scenario import Play, Scenario
from tests.simulation.strategies import DISTURBANCES, LostLease, Prefix, Priorities, RandomWalk, Replay, Strategy
from tests.simulation.world import Option, World

STRATEGIES = (RandomWalk, Priorities, LostLease)
HEALING_ROUNDS = 120
HEALING_SECONDS = 2.0  # that pass in each round
MAX_HEALING_STEPS = 5000


@dataclass
class Outcome:
    """A schedule that was played."""

    scenario: Scenario
    labels: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)  # who did what
    problems: list[str] = field(default_factory=list)


class Player:
    """Plays schedules in one world, one after the other."""

    def __init__(self, world: World, owner: Any) -> None:
        self.world, self.owner = world, owner

    def play_seed(self, seed: int) -> Outcome:
        """The schedule of a seed: the same at every time."""
        scenario, strategy = from_seed(seed)
        return self.play(scenario, strategy)

    def play(self, scenario: Scenario, strategy: Strategy) -> Outcome:
        """One schedule from the submit to the checks."""
        outcome = Outcome(scenario)
        play = Play(scenario, self.world, self.owner)
        while (option := strategy.choose(play.options(with_faults=True))) is not None:
            self.take(option, outcome)
            if self.world.problems:
                break
        healed = self.heal(play)
        problems = list(self.world.problems) if healed else [*self.world.problems, "the job did not come to its end"]
        outcome.problems = checks.sentences([*problems, *self.check(play.job)])
        return outcome

    def take(self, option: Option, outcome: Outcome) -> None:
        """Let an option happen, and note it."""
        outcome.labels.append(option.label)
        outcome.lines.append(f"{self.world.clock.seconds:8.3f} s  {option.label}{self.next_of(option)}")
        option.run()

    def next_of(self, option: Option) -> str:
        """What the actor of a step is about to do."""
        if option.kind != "step" and "!" not in option.label:
            return ""
        actors = [actor for seat in self.world.seats for actor in seat.actors if actor.name == option.who]
        return f": {actors[0].label}" if actors else ""

    def heal(self, play: Play) -> bool:
        """Nothing goes wrong any more: everybody ends what they do, the rescuer looks, time passes. False: no end."""
        for seat in self.world.seats:
            self.world.freeze(seat, False)
        for _ in range(HEALING_ROUNDS):
            self.let_all_finish(play)
            if self.is_at_rest(play):
                return True
            self.world.let_pass(HEALING_SECONDS)
            if not self.world.beat.main.is_busy:
                self.world.start_rescue()
        return False

    def let_all_finish(self, play: Play) -> None:
        """Everybody goes on by turns until nobody has anything to do."""
        for _ in range(MAX_HEALING_STEPS):
            options = [o for o in play.options(with_faults=False) if o.kind in ("step", "start", "verb")]
            if not options and not self.wake_sleeper():
                return
            for option in options[:1]:
                option.run()

    def wake_sleeper(self) -> bool:
        """Let time pass for those who sleep; False when nobody does."""
        waiting = [actor for seat in self.world.seats for actor in seat.actors if actor.is_busy and not actor.blocked]
        if not waiting:
            return False
        self.world.let_pass(0.1)
        return True

    def is_at_rest(self, play: Play) -> bool:
        """Whether the job has come to its end and nobody has anything left to do about it."""
        if self.world.broker.waiting or not all(seat.is_idle for seat in self.world.seats):
            return False
        job = Job.everything.filter(pk=play.job.pk).first()
        if job is None or job.removed:
            return job is None
        return job.status in states.ENDED and job.settled and job.wrap_up_at is None

    def check(self, job: Job) -> Iterator[str]:
        """Everything that must hold now, and after the job was deleted."""
        found = Job.everything.filter(pk=job.pk).first()
        if found is not None and not found.removed:
            yield from checks.check_job(found, self.evidence())
            if found.status in states.ENDED and found.settled:
                found.remove(by=self.owner, door="api")
                clear_job(found.pk)
        if Job.everything.filter(pk=job.pk).exists():
            yield "the deleted job has rows"
        left = sorted(name for name in self.world.disk.files() if not name.startswith("."))
        if left:
            yield f"the deleted job has files: {', '.join(left)}"

    def evidence(self) -> checks.Evidence:
        """What the world knows without the engine."""
        world = self.world
        return checks.Evidence(
            world.ledger, self.file_hash, {name for name in world.disk.files() if not name.startswith(".")},
            world.cancel_commits, lambda at: (at - BEGINNING).total_seconds(), set(world.ends),
        )  # fmt: skip

    def file_hash(self, name: str) -> str | None:
        """The hash of a file on the simulated disk; None without one."""
        path = self.world.disk.folder / name
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def from_seed(seed: int) -> tuple[Scenario, Strategy]:
    """The scenario and the strategy of a seed: one of three by turns."""
    chance = random.Random(seed)
    scenario = Scenario.random(chance)
    return scenario, STRATEGIES[seed % len(STRATEGIES)](chance)


def shorten(player: Player, outcome: Outcome, seconds: float) -> Outcome:
    """The shortest schedule found within that time that breaks a promise, too."""
    best, until = outcome, time.monotonic() + seconds
    size = max(len(best.labels) // 2, 1)
    while size and time.monotonic() < until:
        start, shorter = 0, False
        while start < len(best.labels) and time.monotonic() < until:
            labels = best.labels[:start] + best.labels[start + size :]
            tried = player.play(best.scenario, Replay(labels))
            if tried.problems and len(tried.labels) < len(best.labels):
                best, shorter = tried, True
            else:
                start += size
        size = size if shorter and size == 1 else size // 2
    return best


def play_exhaustively(
    player: Player, scenario: Scenario, preemptions: int, faults: int, stop: Callable[[], bool]
) -> Iterator[Outcome]:
    """Every schedule of a scenario with at most so many preemptions and faults, the fewest first."""
    waiting: list[tuple[list[str], int, int]] = [([], preemptions, faults)]
    while waiting and not stop():
        labels, may_preempt, may_fail = waiting.pop(0)
        strategy = Prefix(labels)
        outcome = player.play(scenario, strategy)
        yield outcome
        if outcome.problems:
            continue
        waiting += list(branches(strategy, len(labels), may_preempt, may_fail))


def branches(strategy: Prefix, start: int, may_preempt: int, may_fail: int) -> Iterator[tuple[list[str], int, int]]:
    """What else could have happened after the part that was given."""
    for step in range(start, len(strategy.taken)):
        for option in strategy.others[step]:
            costs = (0, 1) if option.kind in DISTURBANCES else (1, 0)
            if costs[0] <= may_preempt and costs[1] <= may_fail:
                yield [*strategy.taken[:step], option.label], may_preempt - costs[0], may_fail - costs[1]
