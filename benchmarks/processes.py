"""The descendants of a process, and their peaks of memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """The ids of all processes below one, parents first."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [one for child in children for one in (child, *descendants(child))]


def peak_during(pids: Sequence[int], action: Callable[[], object]) -> float:
    """The largest peak of these processes during the action, in MB."""
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # resets the peak (proc(5), clear_refs)
    action()
    return max(peak_megabytes(pid) for pid in pids)


def peak_megabytes(pid: int) -> float:
    """The peak of a process's resident memory since the last reset, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))
