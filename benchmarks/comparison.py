"""Real work compared: resizing with other tools and bare loops, other operations with bare loops."""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks import baselines
from benchmarks.baselines import Loop, Work
from benchmarks.documents import scanned_document
from benchmarks.figures import RATE, RATIO, Figure
from benchmarks.harness import job_seconds, submit, wait_until_completed, workers
from benchmarks.libraries import STEPS, upload
from benchmarks.pictures import pictures
from photos.classification.tags import network
from project.accounts.models import User

AIM = 1.05
PAGE_COUNT = 40
OURS, BARE, PILLOW = "Stopbath", "a bare pyvips loop", "a bare Pillow loop"


class Workload(NamedTuple):
    """A workload: a submit to the product, and a function that does the same work."""

    what: str
    body: dict[str, Any]
    bare: Work
    sources: Sequence[Path]
    pieces: int  # photos or pages


def measure(options: argparse.Namespace, database: str, owner: User) -> Iterator[Figure]:
    """The figures of all comparisons; tools take turns, so that noise affects all alike."""
    sources = pictures(options.photos)
    with workers(options.processes), baselines.process_loop(options.processes) as loop:
        yield from compare_resizing(options, database, sources, loop)
        yield from compare_larger_folder(options, database, loop)
        for workload in workloads(sources[: max(2, options.photos // 4)]):
            yield from compare(workload, options, database, loop)


def workloads(sources: Sequence[Path]) -> Iterator[Workload]:
    """The workloads that are compared with a bare loop only."""
    steps = {name: [*STEPS, {"operation": "convert", "options": {"format": name}}] for name in ("webp", "avif")}
    marked = [*STEPS, {"operation": "watermark", "options": {"text": baselines.WATERMARK_TEXT}}]
    yield Workload("photos to WebP", {"steps": steps["webp"]}, baselines.to_webp, sources, len(sources))
    yield Workload("photos to AVIF", {"steps": steps["avif"]}, baselines.to_avif, sources, len(sources))
    yield Workload("photos with a watermark", {"steps": marked}, baselines.watermark, sources, len(sources))
    yield Workload(
        "pages of a scanned PDF", {"steps": STEPS}, baselines.render_pages, [scanned_document(PAGE_COUNT)], PAGE_COUNT
    )
    if network():
        # The product analyses a photo twice, and also finds and stores its kind, hash and figures.
        yield Workload("photos classified", {"classify": True}, baselines.classify, sources, len(sources))


def compare_resizing(
    options: argparse.Namespace, database: str, sources: Sequence[Path], loop: Loop
) -> Iterator[Figure]:
    """Compare all installed tools; a first round, which reads the files into memory, is not counted."""
    person = create_person("somebody who resizes", sources)
    times: dict[str, list[float]] = defaultdict(list)
    for number in range(options.photo_runs + 1):
        for tool, seconds in time_round(person, sources, loop, options.processes).items():
            if number:
                times[tool].append(seconds)
    for tool, tool_times in times.items():
        if tool != BARE:
            what = f"{len(sources)} photos of 12 and 24 MP resized, time of {tool} ÷ {BARE}"
            yield Figure(what, database, median_ratio(tool_times, times[BARE]), RATIO, AIM if tool == OURS else None)
        yield Figure(f"Photos resized a second, {tool}", "", len(sources) / median(tool_times), RATE)


def compare_larger_folder(options: argparse.Namespace, database: str, loop: Loop) -> Iterator[Figure]:
    """Resize a larger folder, in which the fixed cost of a job weighs less."""
    sources = pictures(options.folder)
    resizing = Workload("photos", {"steps": STEPS}, baselines.resize, sources, len(sources))
    ours, theirs = time_alternately(resizing, options.runs, loop)
    what = f"{len(sources)} photos of 12 and 24 MP resized, time of {OURS} ÷ {BARE}"
    yield Figure(what, database, median_ratio(ours, theirs), RATIO, AIM)


def time_round(person: User, sources: Sequence[Path], loop: Loop, processes: int) -> dict[str, float]:
    """Tool → seconds of one round."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        times = {
            OURS: job_seconds(wait_until_completed(submit(person, "process", photos="all", steps=STEPS))),
            BARE: loop.seconds(baselines.resize, sources, folder),
            PILLOW: loop.seconds(baselines.resize_with_pillow, sources, folder),
        }
        for tool, command in baselines.resize_commands(folder).items():
            times[tool] = baselines.time_program(command, sources, processes)
        return times


def compare(workload: Workload, options: argparse.Namespace, database: str, loop: Loop) -> Iterator[Figure]:
    """The ratio of the product to a bare loop, and both rates."""
    ours, theirs = time_alternately(workload, options.runs, loop)
    yield Figure(
        f"{workload.pieces} {workload.what}, time of {OURS} ÷ a bare loop", database, median_ratio(ours, theirs), RATIO
    )
    rate_label = f"{workload.what[0].upper()}{workload.what[1:]} a second"
    yield Figure(f"{rate_label}, {OURS}", database, workload.pieces / median(ours), RATE)
    yield Figure(f"{rate_label}, a bare loop", "", workload.pieces / median(theirs), RATE)


def time_alternately(workload: Workload, runs: int, loop: Loop) -> tuple[list[float], list[float]]:
    """Seconds of the product and of the loop in each round; a first round is not counted."""
    person = create_person(f"somebody with {len(workload.sources)} {workload.what}", workload.sources)
    ours, theirs = [], []
    for _ in range(runs + 1):
        ours.append(job_seconds(wait_until_completed(submit(person, "process", photos="all", **workload.body))))
        with tempfile.TemporaryDirectory() as folder:
            theirs.append(loop.seconds(workload.bare, workload.sources, Path(folder)))
    return ours[1:], theirs[1:]


def create_person(name: str, sources: Sequence[Path]) -> User:
    """A user with these files in the library."""
    person = User.objects.create_user(name)
    upload(person, sources)
    return person


def median_ratio(seconds: Sequence[float], others: Sequence[float]) -> float:
    """The median over the rounds of the ratio of times."""
    return median(one / other for one, other in zip(seconds, others, strict=True))
