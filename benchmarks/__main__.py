"""`python -m benchmarks`: everything on every database, one table, one file of results."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure, ratios_first
from benchmarks.options import chosen
from benchmarks.places import missing, place
from benchmarks.report import show, write

NOISY = 1.2  # seconds for one second of processor time


def main() -> None:
    """Measure, print, write."""
    options = chosen()
    figures: list[Figure] = []
    notes = [options.note] if options.note else []
    waits = [seconds_for_one()]
    for database in options.databases:
        if sentence := missing(database):
            notes.append(sentence)
        else:
            figures += figures_on(database, options)
            waits.append(seconds_for_one())
    notes.append(told(waits))
    show(ratios_first(figures), notes)
    if not options.dry:
        write(ratios_first(figures), notes)


def figures_on(database: str, options: argparse.Namespace) -> list[Figure]:
    """What a process of its own measures on that database; the pictures need no second database."""
    parts = [part for part in options.parts if part != "pictures" or database == options.databases[0]]
    with place(database) as environment, tempfile.NamedTemporaryFile() as target:
        command = [sys.executable, "-m", "benchmarks.measure", target.name, database, *sys.argv[1:], "--parts", *parts]
        subprocess.run(command, check=True, env=os.environ | environment)
        return [Figure(**one) for one in json.loads(Path(target.name).read_text())]


def seconds_for_one() -> float:
    """How long one second of processor time takes now: more than one second when others want it too."""
    began, used = time.monotonic(), time.process_time()
    while time.process_time() - used < 1:
        pass
    return time.monotonic() - began


def told(waits: Sequence[float]) -> str:
    """How busy the machine was with other things."""
    lowest, highest = min(waits), max(waits)
    shared = " The machine was shared with other work, so times and rates are worse than it could do."
    return (
        f"Before and after each database, one second of processor time took {lowest:.1f} to {highest:.1f} s."
        f"{shared if highest > NOISY else ''}"
    )


if __name__ == "__main__":
    main()
