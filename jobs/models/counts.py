"""A job's numbers, derived from its phases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from jobs.models.phase import JobPhase

SUMMARY_PHASE_WEIGHT = 0.05  # of a phase that does not follow the files, relative to one that does


@dataclass(frozen=True)
class Counts:
    """The files of a job by outcome; always total = succeeded + failed + skipped + remaining."""

    total: int
    succeeded: int
    failed: int
    skipped: int
    remaining: int  # waiting and running
    in_flight: int  # running

    @classmethod
    def of(cls, first: JobPhase, in_flight: int, over: bool) -> Self:
        """Count a job's files by its first phase; in a job that is over, waiting files count as skipped."""
        unfinished = first.total - first.succeeded - first.failed
        remaining = min(in_flight, unfinished) if over else unfinished
        return cls(first.total, first.succeeded, first.failed, unfinished - remaining, remaining, in_flight)

    @property
    def finished(self) -> int:
        """The number of succeeded and failed files."""
        return self.succeeded + self.failed

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def percent_of(phases: Sequence[JobPhase], current: int) -> float:
    """The weighted progress of all phases, 0 to 100 with one decimal.

    A phase has the same weight before and after its items are counted, so the percentage never falls.
    """
    weights = [1.0 if phase.follows_files else SUMMARY_PHASE_WEIGHT for phase in phases]
    shares = [phase.finished / max(phase_size(phase, phases[0], current), 1) for phase in phases]
    done = sum(weight * share for weight, share in zip(weights, shares, strict=True))
    return min(100.0, round(100 * done / sum(weights), 1))


def files_left(phases: Sequence[JobPhase], current: int) -> int:
    """The number of unfinished items of the current and later phases that follow the files."""
    following = [phase for phase in phases[current:] if phase.follows_files]
    return sum(phase_size(phase, phases[0], current) - phase.finished for phase in following)


def phase_size(phase: JobPhase, first: JobPhase, current: int) -> int:
    """The number of items of a phase; before the phase has begun, an upper bound of it."""
    if phase.number <= current or not phase.follows_files:
        return phase.total
    return max(phase.total, first.total - first.failed)
