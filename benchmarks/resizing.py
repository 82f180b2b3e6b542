"""Real work: resizing photos of 12 and 24 megapixels, beside tools that do nothing else."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.bare import PROGRAM, Loop, loop, thumbnail_seconds
from benchmarks.crew import completed, seconds_of, submit, workers
from benchmarks.figures import RATE, RATIO, Figure
from benchmarks.libraries import STEPS, upload
from benchmarks.pictures import pictures
from project.accounts.models import User

AIM = 1.05


@dataclass
class Times:
    """Seconds of each run of each tool, which take turns so that they meet the same noise."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    program: list[float] = field(default_factory=list)

    def figures(self, photos: int, database: str) -> list[Figure]:
        """Ratios of runs that followed each other, and photos a second."""
        ratio = f"Time for {photos} photos of 12 and 24 MP, {{}} ÷ a bare pyvips loop"
        rate = "Photos resized a second, {}"
        found = [
            Figure(ratio.format("ours"), database, ratio_of(self.ours, self.bare), RATIO, AIM),
            Figure(rate.format("ours, submit to completed"), database, photos / median(self.ours), RATE),
            Figure(rate.format("a bare pyvips loop"), "", photos / median(self.bare), RATE),
        ]
        if self.program:
            found += [
                Figure(ratio.format(PROGRAM), "", ratio_of(self.program, self.bare), RATIO),
                Figure(rate.format(PROGRAM), "", photos / median(self.program), RATE),
            ]
        return found


def ratio_of(seconds: Sequence[float], others: Sequence[float]) -> float:
    """The median over the rounds."""
    return median(one / other for one, other in zip(seconds, others, strict=True))


def measure(options: argparse.Namespace, database: str, owner: User) -> list[Figure]:
    """Each tool in turn, after a round that is not counted and that reads the files into memory."""
    person = User.objects.create_user("somebody who resizes")
    sources = pictures(options.photos)
    upload(person, sources)
    times = Times()
    with workers(options.processes), loop(options.processes) as bare:
        race(person, sources, bare, options.processes, Times())
        for _ in range(options.photo_runs):
            race(person, sources, bare, options.processes, times)
    return times.figures(len(sources), database)


def race(person: User, sources: Sequence[Path], bare: Loop, processes: int, times: Times) -> None:
    """One round."""
    times.ours.append(seconds_of(completed(submit(person, "process", photos="all", steps=STEPS))))
    with tempfile.TemporaryDirectory() as folder:
        times.bare.append(bare.seconds(sources, Path(folder)))
        program = thumbnail_seconds(sources, Path(folder), processes)
    if program is not None:
        times.program.append(program)
