"""A job's numbers, derived from its phases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from jobs.models.phase import JobPhase

SUMMARY_PHASE_WEIGHT = 0.05  # of the weight of a pass over the files: what a phase weighs whose items are others


@dataclass(frozen=True)
class Counts:
    """total = succeeded + failed + skipped + remaining, at every moment."""

    total: int
    succeeded: int
    failed: int
    skipped: int
    remaining: int  # waiting and running
    in_flight: int  # running

    @classmethod
    def of(cls, first: JobPhase, in_flight: int, over: bool) -> Self:
        """The files of a job by its first phase; what waits in a job that is over was skipped."""
        left = first.total - first.succeeded - first.failed
        remaining = min(in_flight, left) if over else left
        return cls(first.total, first.succeeded, first.failed, left - remaining, remaining, in_flight)

    @property
    def finished(self) -> int:
        """Files that need no more work."""
        return self.succeeded + self.failed

    def as_dict(self) -> dict[str, int]:
        """For JSON."""
        return asdict(self)


def percent_of(phases: Sequence[JobPhase], current: int) -> float:
    """How far all phases are. A phase weighs the same before and after it was counted: this never goes back."""
    weights = [1.0 if phase.follows_files else SUMMARY_PHASE_WEIGHT for phase in phases]
    shares = [phase.finished / max(phase_size(phase, phases[0], current), 1) for phase in phases]
    done = sum(weight * share for weight, share in zip(weights, shares, strict=True))
    return min(100.0, round(100 * done / sum(weights), 1))


def files_left(phases: Sequence[JobPhase], current: int) -> int:
    """How often a file is still to be done: in the current phase and in those that follow."""
    left = [phase_size(phase, phases[0], current) - phase.finished for phase in phases[current:] if phase.follows_files]
    return sum(left)


def phase_size(phase: JobPhase, first: JobPhase, current: int) -> int:
    """How many items a phase has; before it has begun, how many files it will have at the most."""
    if phase.number <= current or not phase.follows_files:
        return phase.total
    return max(phase.total, first.total - first.failed)
