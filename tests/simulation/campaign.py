"""One process that plays: one schedule after the other, and what it tells of those that broke a promise."""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402 - no model can be imported before

from tests.simulation import kinds  # noqa: E402
from tests.simulation.__main__ import add_common_options  # noqa: E402
from tests.simulation.databases import open_database  # noqa: E402
from tests.simulation.patches import installed  # noqa: E402
from tests.simulation.runner import Player, play_exhaustively, shorten  # noqa: E402
from tests.simulation.scenario import Scenario  # noqa: E402
from tests.simulation.storage import SimulatedDisk  # noqa: E402
from tests.simulation.world import EngineLog, World  # noqa: E402

if TYPE_CHECKING:
    from tests.simulation.runner import Outcome

MAX_FAILURES = 3
SMALL_SCENARIOS = [
    Scenario(3, {"1": kinds.GOOD, "2": kinds.CRASHING, "3": kinds.GOOD}, ("process",), 2, (verb,), 0.01)
    for verb in ("cancel", "resume", "retry", "cancel and discard")
]


def main() -> int:
    """Play what the options ask for; 1 when a promise was broken."""
    parser = argparse.ArgumentParser()
    add_common_options(parser)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("error")
    data = Path(os.environ["STOPBATH_DATA"])
    disk = data / "disk"
    disk.mkdir()
    owner = get_user_model().objects.create_user("somebody")
    world = World(open_database(), SimulatedDisk(disk))
    log = logging.getLogger("jobs")  # not printed: every schedule is full of what the engine warns of and mends
    log.handlers, log.propagate = [EngineLog(world)], False
    with installed(world):
        count, failures = play(options, Player(world, owner))
    (data / "schedules").write_text(str(count))
    return 1 if failures else 0


def play(options: argparse.Namespace, player: Player) -> tuple[int, int]:
    """Play, and print what came of it; returns how many schedules there were, and how many broke a promise."""
    count = failures = 0
    for name, outcome in outcomes(options, player):
        count += 1
        if outcome.problems:
            failures += 1
            print_failure(name, outcome if options.seeds else shorten(player, outcome, options.shorten))
            if failures == MAX_FAILURES:
                break
        elif options.seeds:
            print(f"{name}: {outcome.scenario}", *outcome.lines, "then everything heals, and all is well", sep="\n")
    return count, failures


def outcomes(options: argparse.Namespace, player: Player) -> Iterator[tuple[str, Outcome]]:
    """Each schedule with the name by which it is played again."""
    until = time.monotonic() + options.seconds

    def is_over() -> bool:
        return time.monotonic() > until

    if options.exhaustive:
        for scenario in SMALL_SCENARIOS:
            for outcome in play_exhaustively(player, scenario, 1, 1, is_over):
                yield "exhaustive", outcome
        return
    endless = itertools.takewhile(lambda _: not is_over(), itertools.count(options.first, options.every))
    seeds: Iterable[int] = options.seeds or endless
    for seed in seeds:
        yield f"seed {seed}", player.play_seed(seed)


def print_failure(name: str, outcome: Outcome) -> None:
    """A schedule that broke a promise, as a list of who did what."""
    print(f"{name}: {outcome.scenario}", *outcome.lines, "then everything heals, and:", sep="\n")
    print(*[f"  - {problem}" for problem in outcome.problems], sep="\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
