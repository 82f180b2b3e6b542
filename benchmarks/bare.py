"""The same resize without an engine: a loop over files with pyvips, and libvips' own program."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import pyvips

EDGE, QUALITY = 1600, 82  # what the product does when it is asked for nothing else
PROGRAM = "vipsthumbnail"


def resize(source: Path, target: Path) -> None:
    """The shortest way from a JPEG to a smaller one."""
    picture = pyvips.Image.thumbnail(str(source), EDGE, height=EDGE, size="down")
    picture.jpegsave(str(target), Q=QUALITY)


def prepare() -> None:
    """What the product's workers do too: one thread a process, nothing kept."""
    pyvips.cache_set_max(0)
    pyvips.concurrency_set(1)


class Loop:
    """Processes that wait for files to resize."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self.pool = pool

    def seconds(self, sources: Sequence[Path], folder: Path) -> float:
        """How long it takes to resize the files into the folder."""
        began = time.monotonic()
        list(self.pool.map(resize, sources, [folder / source.name for source in sources]))
        return time.monotonic() - began


@contextmanager
def loop(processes: int) -> Iterator[Loop]:
    """A pool of processes, which are fresh and have not inherited anything."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=prepare) as pool:
        yield Loop(pool)


def thumbnail_seconds(sources: Sequence[Path], folder: Path, processes: int) -> float | None:
    """How long that many `vipsthumbnail` take, each with its share of the files; None when it is not installed."""
    program = shutil.which(PROGRAM)
    if program is None:
        return None
    # Neighbours are of different sizes, so shares are dealt out in pairs.
    pairs = [sources[n : n + 2] for n in range(0, len(sources), 2)]
    shares = [[str(one) for pair in pairs[n::processes] for one in pair] for n in range(processes)]
    output = f"{folder}/%s.jpg[Q={QUALITY}]"
    began = time.monotonic()
    running = [
        subprocess.Popen([program, "--size", f"{EDGE}x{EDGE}>", "-o", output, *share]) for share in shares if share
    ]
    if any(one.wait() for one in running):
        raise RuntimeError(f"{PROGRAM} failed.")
    return time.monotonic() - began
