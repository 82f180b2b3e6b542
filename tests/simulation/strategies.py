"""Who goes on next: by chance, by priorities, as a list says, or everything within bounds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol

from tests.simulation.world import Option

# How often each disturbance is met, when one is.
DISTURBANCES = {"stop": 6, "kill": 4, "error": 4, "tick": 3, "broker": 2, "terminate": 1, "power": 1}
USUAL_ORDER = ("step", "start", "verb", "look", "wake", *DISTURBANCES)
WAKING_ORDER = ("step", "start", "verb", "wake", "look", *DISTURBANCES)
RESCUER_LOOKS = "rescuer looks"
LOOKS_BEFORE_WAKE = 7  # one a second: more than a lease, and one that checks no lease because time had jumped
WAKE_CHANCE = 0.01  # that at a step a stopped process may go on: a look takes a dozen steps


class Strategy(Protocol):
    """Chooses among the options; None ends the disorder, and the world heals."""

    def choose(self, options: Sequence[Option]) -> Option | None:
        """One of the options."""


class Disturbances:
    """A few moments of a schedule at which something goes wrong."""

    def __init__(self, chance: random.Random, max_number: int = 4, last_step: int = 120) -> None:
        self.chance = chance
        number, horizon = chance.randint(0, max_number), chance.randint(10, last_step)
        self.steps = {chance.randrange(horizon) for _ in range(number)}

    def choose(self, step: int, options: Sequence[Option]) -> Option | None:
        """What goes wrong at this step; nothing at most of them."""
        if step not in self.steps:
            return None
        kinds = [kind for kind in DISTURBANCES if any(option.kind == kind for option in options)]
        (kind,) = self.chance.choices(kinds, [DISTURBANCES[kind] for kind in kinds])
        found = [option for option in options if option.kind == kind]
        # What has just been written and not been followed up is where races are.
        after_write = [option for option in found if option.after_write]
        return self.chance.choice(after_write if after_write and self.chance.random() < 0.7 else found)


class RandomWalk:
    """Anybody may go on at any time; disturbances are few."""

    def __init__(self, chance: random.Random, max_steps: int = 400) -> None:
        self.chance, self.max_steps, self.step = chance, max_steps, 0
        self.disturbances = Disturbances(chance)
        look = chance.choice((0.01, 0.03, 0.1))  # each costs as many steps as a turn of a worker
        self.weights = {
            "step": 1.0, "start": chance.choice((0.05, 0.2, 0.5)), "verb": chance.choice((0.005, 0.02, 0.1)),
            "look": look, "wake": look / 8,  # stopped for longer than a lease, more often than not
        }  # fmt: skip
        self.stay = chance.choice((0.0, 0.5, 0.9))  # how likely the one who went on last goes on
        self.last = ""

    def choose(self, options: Sequence[Option]) -> Option | None:
        self.step += 1
        if self.step > self.max_steps or is_quiet(options):
            return None
        if disturbance := self.disturbances.choose(self.step, options):
            return disturbance
        if self.stay and self.chance.random() < self.stay:
            again = [option for option in options if option.kind == "step" and option.who == self.last]
            if again:
                return again[0]
        usual = [option for option in options if option.kind not in DISTURBANCES]
        (chosen,) = self.chance.choices(usual, [self.weights[option.kind] for option in usual])
        if chosen.kind == "step":
            self.last = chosen.who
        return chosen


class Priorities:
    """Probabilistic concurrency testing: the one of highest priority goes on, and few moments change that.

    Burckhardt and others, "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", 2010: with k steps,
    n threads and d - 1 such moments a bug of depth d is found with a probability of at least 1 / (n k^(d-1)).
    """

    def __init__(self, chance: random.Random, max_steps: int = 400, depth: int = 3) -> None:
        self.chance, self.step, self.max_steps = chance, 0, max_steps
        self.changes = {chance.randrange(max_steps // 3) for _ in range(depth)}
        self.disturbances = Disturbances(chance)
        self.priorities: dict[str, float] = {}

    def choose(self, options: Sequence[Option]) -> Option | None:
        self.step += 1
        if self.step > self.max_steps or is_quiet(options):
            return None
        if disturbance := self.disturbances.choose(self.step, options):
            return disturbance
        usual = [option for option in options if option.kind not in DISTURBANCES and option.kind != "wake"]
        if not usual or self.chance.random() < WAKE_CHANCE:
            usual += [option for option in options if option.kind == "wake"]
        first = max(usual, key=self.priority)
        if self.step in self.changes:
            self.priorities[first.who] = -self.step
            first = max(usual, key=self.priority)
        elif first.kind == "look":  # else it would look for ever
            self.priorities[first.who] = -self.step
        return first

    def priority(self, option: Option) -> float:
        """How early somebody goes on."""
        return self.priorities.setdefault(option.who, self.chance.random())


class LostLease:
    """A process is stopped right after a write, loses its lease to another, and goes on in the middle of its work."""

    def __init__(self, chance: random.Random, max_steps: int = 400) -> None:
        self.chance, self.max_steps, self.step = chance, max_steps, 0
        self.walk = RandomWalk(chance, max_steps)
        self.stop_step = chance.randrange(1, 60)
        self.others_left = chance.randrange(30)  # steps of the others once they have its lane
        self.own_left = chance.randrange(1, 20)  # steps of the process alone when it goes on
        self.stopped = ""
        self.looks = 0

    def choose(self, options: Sequence[Option]) -> Option | None:
        self.step += 1
        if self.step > self.max_steps or is_quiet(options):
            return None
        if not self.stopped:
            return self.stop(options) or self.walk.choose(options)
        waking = [option for option in options if option.kind == "wake"]
        if waking and (others := self.let_others_go_on(options)):
            return others
        if waking:
            return waking[0]
        own = [option for option in options if option.who == self.stopped and option.kind == "step"]
        if own and self.own_left:
            self.own_left -= 1
            return own[0]
        return self.walk.choose(options)

    def stop(self, options: Sequence[Option]) -> Option | None:
        """Stop somebody once the step has come, as soon as somebody has just written."""
        found = [option for option in options if option.kind == "stop" and option.after_write]
        if self.step < self.stop_step or not found:
            return None
        chosen = self.chance.choice(found)
        self.stopped = chosen.who
        return chosen

    def let_others_go_on(self, options: Sequence[Option]) -> Option | None:
        """The rescuer looks until the lease is over, then somebody takes the lane and works for a while."""
        usual = [option for option in options if option.kind in ("step", "start")]
        if self.looks < LOOKS_BEFORE_WAKE:
            rescuer = [option for option in options if option.who == "rescuer" and option.kind in ("step", "look")]
            self.looks += rescuer[:1] != [] and rescuer[0].kind == "look"
            return (rescuer or usual or [None])[0]
        if not usual or not self.others_left:
            return None
        self.others_left -= 1
        return self.chance.choice(usual)


class Replay:
    """What a list says, as far as it is possible."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = list(labels)

    def choose(self, options: Sequence[Option]) -> Option | None:
        while self.labels:
            label = self.labels.pop(0)
            for option in options:
                if option.label == label:
                    return option
        return None


class Prefix:
    """What a list says; afterwards whoever went on last goes on, and the first of the others when that one has ended.

    Notes what else would have been possible, so that the caller can try all of it.
    """

    def __init__(self, labels: Sequence[str], max_steps: int = 400) -> None:
        self.labels, self.max_steps = labels, max_steps
        self.taken: list[str] = []
        self.others: list[list[Option]] = []  # at each step
        self.last = ""

    def choose(self, options: Sequence[Option]) -> Option | None:
        step = len(self.taken)
        if step >= self.max_steps or (step >= len(self.labels) and is_quiet(options)):
            return None
        if step < len(self.labels):
            found = [option for option in options if option.label == self.labels[step]]
            if not found:
                return None
            chosen = found[0]
        else:
            chosen = self.usual(options)
        self.taken.append(chosen.label)
        self.others.append([option for option in options if option is not chosen])
        self.last = chosen.who
        return chosen

    def usual(self, options: Sequence[Option]) -> Option:
        """Without a preemption; what was stopped goes on once the rescuer has looked often enough to end its lease."""
        same = [option for option in options if option.kind == "step" and option.who == self.last]
        looks = self.taken[self.stopped_at :].count(RESCUER_LOOKS)
        order = USUAL_ORDER if looks < LOOKS_BEFORE_WAKE else WAKING_ORDER
        return min(same or options, key=lambda option: order.index(option.kind))

    @property
    def stopped_at(self) -> int:
        """The step that stopped a process last; 0 without one."""
        stops = [step for step, label in enumerate(self.taken) if label.startswith("stop ")]
        return stops[-1] if stops else 0


def is_quiet(options: Sequence[Option]) -> bool:
    """Whether nothing is under way and nothing waits: whatever still happens is the rescuer's look."""
    return not any(option.kind in ("step", "start", "verb", "wake") for option in options)
