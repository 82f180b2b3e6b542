"""`python -m benchmarks`: everything on every database, one table, one file of results."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, ratios_first
from benchmarks.options import chosen
from benchmarks.places import missing, place
from benchmarks.report import show, write


def main() -> None:
    """Measure, print, write."""
    options = chosen()
    figures: list[Figure] = []
    notes = [options.note] if options.note else []
    for database in options.databases:
        if sentence := missing(database):
            notes.append(sentence)
        else:
            figures += figures_on(database, options)
    notes.append(load())
    show(ratios_first(figures), notes)
    if not options.dry:
        write(ratios_first(figures), notes)


def figures_on(database: str, options: argparse.Namespace) -> list[Figure]:
    """What a process of its own measures on that database; the pictures need no second database."""
    parts = [part for part in options.parts if part != "resizing" or database == options.databases[0]]
    with place(database) as environment, tempfile.NamedTemporaryFile() as target:
        command = [sys.executable, "-m", "benchmarks.measure", target.name, database, *sys.argv[1:], "--parts", *parts]
        subprocess.run(command, check=True, env=os.environ | environment)
        return [Figure(**one) for one in json.loads(Path(target.name).read_text())]


def load() -> str:
    """What else the machine had to do."""
    processes = os.getloadavg()[2]
    return f"Processes that ran or waited to run over the last quarter of an hour, ours included: {processes:.1f}."


if __name__ == "__main__":
    main()
