"""Real work beside tools that do nothing else: resizing with everybody, the rest with bare loops."""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks import bare
from benchmarks.bare import Loop, Work
from benchmarks.crew import completed, seconds_of, submit, workers
from benchmarks.documents import document
from benchmarks.figures import RATE, RATIO, Figure
from benchmarks.libraries import STEPS, upload
from benchmarks.pictures import pictures
from project.accounts.models import User

AIM = 1.05
PAGES = 40
OURS, BARE, PILLOW = "Stopbath", "a bare pyvips loop", "a bare Pillow loop"


class Sort(NamedTuple):
    """A sort of work: what is asked of the product, and the loop that does the same."""

    what: str
    wanted: dict[str, Any]
    bare: Work
    sources: Sequence[Path]
    pieces: int  # photos or pages


def measure(options: argparse.Namespace, database: str, owner: User) -> list[Figure]:
    """Each tool in turn, so that all meet the same noise."""
    sources = pictures(options.photos)
    with workers(options.processes), bare.loop(options.processes) as loop:
        figures = resizing(options, database, sources, loop)
        for sort in sorts(sources[: max(2, options.photos // 4)]):
            figures += beside(sort, options, database, loop)
        return [*figures, classifying(options, database, sources)]


def sorts(sources: Sequence[Path]) -> list[Sort]:
    """What is measured beside a bare loop alone."""
    steps = {name: [*STEPS, {"operation": "convert", "options": {"format": name}}] for name in ("webp", "avif")}
    marked = [*STEPS, {"operation": "watermark", "options": {"text": bare.MARK}}]
    paper = [document(PAGES)]
    return [
        Sort("photos to WebP", {"steps": steps["webp"]}, bare.to_webp, sources, len(sources)),
        Sort("photos to AVIF", {"steps": steps["avif"]}, bare.to_avif, sources, len(sources)),
        Sort("photos with a watermark", {"steps": marked}, bare.watermark, sources, len(sources)),
        Sort("pages of a scanned PDF", {"steps": STEPS}, bare.pages, paper, PAGES),
    ]


def resizing(options: argparse.Namespace, database: str, sources: Sequence[Path], loop: Loop) -> list[Figure]:
    """Everybody who can resize, after a round that is not counted and that reads the files into memory."""
    person = with_library("somebody who resizes", sources)
    times: dict[str, list[float]] = defaultdict(list)
    for number in range(options.photo_runs + 1):
        for tool, seconds in one_round(person, sources, loop, options.processes).items():
            if number:
                times[tool].append(seconds)
    what = f"{len(sources)} photos of 12 and 24 MP resized"
    ratios = [
        Figure(
            f"{what}, time of {tool} ÷ {BARE}",
            database,
            ratio(times[tool], times[BARE]),
            RATIO,
            AIM if tool == OURS else None,
        )
        for tool in times
        if tool != BARE
    ]
    rates = [
        Figure(f"Photos resized a second, {tool}", "", len(sources) / median(taken), RATE)
        for tool, taken in times.items()
    ]
    return ratios + rates


def one_round(person: User, sources: Sequence[Path], loop: Loop, processes: int) -> dict[str, float]:
    """Seconds of each tool."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        times = {
            OURS: seconds_of(completed(submit(person, "process", photos="all", steps=STEPS))),
            BARE: loop.seconds(bare.resize, sources, folder),
            PILLOW: loop.seconds(bare.with_pillow, sources, folder),
        }
        for tool, command in bare.programs(folder).items():
            times[tool] = bare.program_seconds(command, sources, processes)
        return times


def beside(sort: Sort, options: argparse.Namespace, database: str, loop: Loop) -> list[Figure]:
    """Ours and the loop, in turns."""
    person = with_library(f"somebody with {sort.what}", sort.sources)
    ours, theirs = [], []
    for _ in range(options.runs):
        ours.append(seconds_of(completed(submit(person, "process", photos="all", **sort.wanted))))
        with tempfile.TemporaryDirectory() as folder:
            theirs.append(loop.seconds(sort.bare, sort.sources, Path(folder)))
    return [
        Figure(f"{sort.pieces} {sort.what}, time of {OURS} ÷ a bare loop", database, ratio(ours, theirs), RATIO),
        Figure(f"{sort.what[0].upper()}{sort.what[1:]} a second, {OURS}", database, sort.pieces / median(ours), RATE),
        Figure(f"{sort.what[0].upper()}{sort.what[1:]} a second, a bare loop", "", sort.pieces / median(theirs), RATE),
    ]


def classifying(options: argparse.Namespace, database: str, sources: Sequence[Path]) -> Figure:
    """Photos classified a second: figures, kind, hash and, where the extra is installed, the network."""
    person = with_library("somebody who classifies", sources)
    job = completed(submit(person, "process", photos="all", classify=True))
    return Figure("Photos of 12 and 24 MP classified a second", database, len(sources) / seconds_of(job), RATE)


def with_library(name: str, sources: Sequence[Path]) -> User:
    """A person who has these files."""
    person = User.objects.create_user(name)
    upload(person, sources)
    return person


def ratio(seconds: Sequence[float], others: Sequence[float]) -> float:
    """The median over the rounds."""
    return median(one / other for one, other in zip(seconds, others, strict=True))
