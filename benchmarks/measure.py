"""Measures one part on one database, in its own process: settings are read once in a process."""

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from django.core.management import call_command

# Before all others: they import models, which needs Django to be set up.
import benchmarks.app  # noqa: F401
from benchmarks import comparison, engine, memory, reclassifying, recovery, server, site, stopping
from benchmarks.environments import BROKER_VARIABLE
from benchmarks.figures import Figure
from benchmarks.options import PARTS, parse_options
from project.accounts.models import User

type Part = Callable[[argparse.Namespace, str, User], Iterator[Figure]]
MODULES = (engine, server, stopping, recovery, memory, site, reclassifying, comparison)
MEASURES: dict[str, Part] = {part: module.measure for part, module in zip(PARTS, MODULES, strict=True)}


def measure(part: str, database: str, options: argparse.Namespace) -> Iterator[Figure]:
    """The figures of a part, each as soon as it is measured."""
    call_command("migrate", verbosity=0)
    yield from MEASURES[part](options, database, User.objects.create_user("somebody"))


def main(target: Path, part: str, database: str, options: argparse.Namespace) -> int:
    """Write a line for each figure. Returns 1, after a last line with the error, if the part breaks off."""
    if BROKER_VARIABLE not in os.environ:
        raise SystemExit("Start it with `python -m benchmarks`, which gives it a database of its own to fill.")
    with target.open("a", buffering=1) as lines:
        try:
            for figure in measure(part, database, options):
                lines.write(json.dumps(asdict(figure)) + "\n")
        except Exception as error:  # reported; the other parts go on
            traceback.print_exc()
            lines.write(json.dumps({"error": f"{type(error).__name__}: {error}"[:300]}) + "\n")
            return 1
    return 0


if __name__ == "__main__":
    target, database, part, *arguments = sys.argv[1:]
    sys.exit(main(Path(target), part, database, parse_options(arguments)))
