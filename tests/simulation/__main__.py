"""`make simulate`: plays schedules for a time, or those of the seeds that are named; 1 when a promise was broken."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.simulation.servers import Copies, copies

CHILD_MODULE = "tests.simulation.campaign"


def main(arguments: Sequence[str] | None = None) -> int:
    """Play in as many processes as there are processors, each in a world of its own."""
    options = parse_options(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="stopbath-simulation-", dir=memory_folder()) as name,
        copies(options.database, Path(name)) as databases,
    ):
        began = time.monotonic()
        children = [start_child(options, databases, number) for number in range(options.processes)]
        codes = [child.wait() for child in children]
        counts = [int(path.read_text()) for path in sorted(Path(name).glob("*/schedules"))]
    took = time.monotonic() - began
    failed = sum(code != 0 for code in codes)
    print(
        f"{options.database.partition(':')[0]}: {sum(counts)} schedules in {took:.0f} s, {sum(counts) / took:.1f} a"
        f" second; {'every promise was kept' if not failed else 'a promise was broken'}"
    )
    return 1 if failed else 0


def start_child(options: argparse.Namespace, databases: Copies, number: int) -> subprocess.Popen[bytes]:
    """Start a process that plays every n-th seed."""
    environment = os.environ | databases.environment(number) | {"PYTHONHASHSEED": "0"}
    Path(environment["STOPBATH_DATA"]).mkdir(exist_ok=True)
    command = [
        sys.executable, "-m", CHILD_MODULE, "--first", str(options.first + number), "--every", str(options.processes),
        "--seconds", str(options.seconds), "--shorten", str(options.shorten),
        *(["--exhaustive"] if options.exhaustive else []),
        *(["--seeds", *map(str, options.seeds)] if options.seeds else []),
    ]  # fmt: skip
    return subprocess.Popen(command, env=environment)


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What is played."""
    parser = argparse.ArgumentParser("python -m tests.simulation", description=__doc__)
    parser.add_argument("--database", default="sqlite", help="sqlite, postgresql, or the address of a PostgreSQL")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    add_common_options(parser)
    options = parser.parse_args(arguments)
    if options.seeds or options.exhaustive:
        options.processes = 1
    if options.first is None:
        options.first = int(time.time()) * 1000
    if not options.seeds and not options.exhaustive:
        print(f"The first seed is {options.first}.", flush=True)
    return options


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """What the processes that play are told, too."""
    parser.add_argument("--seconds", type=float, default=60, help="how long schedules are played")
    parser.add_argument("--seeds", type=int, nargs="*", default=[], help="play these and no others, and print them")
    parser.add_argument("--first", type=int, help="the first seed; without one it is chosen by the time")
    parser.add_argument("--exhaustive", action="store_true", help="every order of small scenarios, within bounds")
    parser.add_argument("--shorten", type=float, default=60, help="seconds to look for a shorter schedule that fails")


def memory_folder() -> str | None:
    """A folder in memory, where this machine has one: files are written for their order, not to be kept."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


if __name__ == "__main__":
    sys.exit(main())
