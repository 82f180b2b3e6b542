"""`make mutants`: removes each guard from a copy of the checkout and shows which test misses it.

Exits with 1 when no test misses one, when a guard is no longer found, or when a test fails with all guards in place.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from tests.mutants.guards import GUARDS, Guard
from tests.mutants.trials import ROOT, Verdict, copy_checkout, has_database, run_seeds, run_tests, try_guard


def main(arguments: Sequence[str] | None = None, guards: Sequence[Guard] = GUARDS, source: Path = ROOT) -> int:
    """Try all guards, or those whose names contain one of the arguments."""
    parser = argparse.ArgumentParser("python -m tests.mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="part of the name of a guard")
    options = parser.parse_args(arguments)
    chosen = choose(guards, options.names)
    if not chosen:
        parser.error(f"no guard has {' or '.join(map(repr, options.names))} in its name")
    possible = [guard for guard in chosen if has_database(guard)]
    with tempfile.TemporaryDirectory(prefix="stopbath-mutants-") as name:
        checkout = Path(name)
        copy_checkout(checkout, source)
        if red := red_with_all_guards(possible, checkout):
            print(f"This fails with all guards in place: {red}")
            return 1
        survivors = [guard for guard in possible if not show(guard, try_guard(guard, checkout)).caught]
    for guard in chosen:
        if guard not in possible:
            print(f"left out    {guard.name}: it needs PostgreSQL, and DATABASE_URL names none")
    print(f"{len(possible) - len(survivors)} of {len(possible)} mutants caught, {len(chosen) - len(possible)} left out")
    return 1 if survivors else 0


def choose(guards: Sequence[Guard], names: Sequence[str]) -> list[Guard]:
    """The guards whose names contain one of these texts; all guards if there are none."""
    return [guard for guard in guards if not names or any(name.lower() in guard.name.lower() for name in names)]


def red_with_all_guards(guards: Sequence[Guard], checkout: Path) -> str:
    """The first test or seed that fails although no guard is removed: it would prove nothing. Empty if there is none.

    A test that cannot run is one of them.
    """
    for database, some in groupby(sorted(guards, key=lambda guard: guard.database), lambda guard: guard.database):
        mine = list(some)
        if tests := list(dict.fromkeys(test for guard in mine for test in guard.tests)):
            verdict = run_tests(tests, checkout, database)
            if not verdict.said.startswith("SURVIVES"):
                return verdict.said
        if seeds := sorted({seed for guard in mine for seed in guard.seeds}):
            verdict = run_seeds(seeds, checkout, database)
            if not verdict.said.startswith("SURVIVES"):
                return verdict.said
    return ""


def show(guard: Guard, verdict: Verdict) -> Verdict:
    """Print a line of the table."""
    print(f"{verdict.seconds:5.1f} s  {guard.name:<72}  {verdict.said}", flush=True)
    return verdict


if __name__ == "__main__":
    sys.exit(main())
