"""One database's share: run in a process of its own, because settings are read once in a process."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from django.core.management import call_command

# First of ours: nothing of the product can be imported before Django is set up.
import benchmarks.app  # noqa: F401
from benchmarks import engine, memory, pictures_beside, recovery, server, stopping
from benchmarks.figures import Figure
from benchmarks.options import PARTS, chosen
from benchmarks.places import PLACE
from project.accounts.models import User

type Part = Callable[[argparse.Namespace, str, User], list[Figure]]
MEASURES: dict[str, Part] = dict(
    zip(
        PARTS,
        (engine.measure, server.measure, stopping.measure, recovery.measure, memory.measure, pictures_beside.measure),
        strict=True,
    )
)


def measure(database: str, options: argparse.Namespace) -> list[Figure]:
    """Every part that was asked for."""
    if PLACE not in os.environ:
        raise SystemExit("Start it with `python -m benchmarks`, which gives it a database of its own to fill.")
    call_command("migrate", verbosity=0)
    owner = User.objects.create_user("somebody")
    figures: list[Figure] = []
    for part in options.parts:
        print(f"{database}: {part}", file=sys.stderr, flush=True)
        figures += MEASURES[part](options, database, owner)
    return figures


if __name__ == "__main__":
    target, database, *arguments = sys.argv[1:]
    Path(target).write_text(json.dumps([asdict(figure) for figure in measure(database, chosen(arguments))]))
