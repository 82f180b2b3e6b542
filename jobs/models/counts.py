"""A job's numbers, derived from its phases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from jobs.models.phase import JobPhase


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


def percent_of(phases: Sequence[JobPhase]) -> float:
    """Share of finished items over all phases; a phase not yet counted weighs as much as the first."""
    totals = [phase.total or phases[0].total for phase in phases]
    done = sum(phase.finished for phase in phases)
    return min(100.0, round(100 * done / max(sum(totals), 1), 1))
