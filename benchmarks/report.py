"""The table on the screen, and the file of results."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.bare import PROGRAM
from benchmarks.figures import Figure
from benchmarks.places import postgres_programs
from project.supervisor.broker import server

RESULTS = Path(__file__).with_name("RESULTS.md")
PACKAGES = ("django", "celery", "redis", "psycopg", "pyvips", "pyvips-binary")

PREFACE = "Ratios carry over to other machines, as far as the noise allows; the rest holds for this one."


def show(figures: Sequence[Figure], notes: Sequence[str]) -> None:
    """Print the table."""
    table = Table("What", "On", "Figure", "Aim", "")
    for column in (2, 3):
        table.columns[column].justify = "right"
    for figure in figures:
        table.add_row(figure.what, figure.where, figure.shown, figure.aim_shown, figure.verdict)
    console = Console()
    console.print(table)
    for note in notes:
        console.print(note)


def write(figures: Sequence[Figure], notes: Sequence[str]) -> None:
    """Write the file of results."""
    RESULTS.write_text("\n".join([*page(figures, notes), ""]))


def page(figures: Sequence[Figure], notes: Sequence[str]) -> Iterator[str]:
    """The lines of the file of results."""
    yield from ("# Results of `make bench`", "", PREFACE, "")
    yield from (f"- {line}" for line in machine())
    yield from (f"- {note}" for note in notes)
    yield from ("", "| what | on | figure | aim | |", "| --- | --- | ---: | ---: | --- |")
    for figure in figures:
        yield f"| {figure.what} | {figure.where} | {figure.shown} | {figure.aim_shown} | {figure.verdict} |"


def machine() -> Iterator[str]:
    """What was measured on, without names or paths."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield f"{datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB of memory"
    yield f"{platform.system()}, Python {platform.python_version()}"
    yield ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    programs = postgres_programs()
    commands = [server(), programs and str(programs / "postgres"), shutil.which(PROGRAM)]
    yield ", ".join(told(command) for command in commands if command)


def told(program: str) -> str:
    """A program's name and version, in its own words."""
    words = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    number = re.search(r"\d+(\.\d+)+", words)
    return f"{Path(program).name} {number[0] if number else 'of unknown version'}"
