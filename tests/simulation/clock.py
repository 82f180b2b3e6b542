"""The time of a simulated world: it passes when the schedule says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.simulation.scheduler import wait_here

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class VirtualClock:
    """Stands for the module `time`, and for the clock of the database."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        """Seconds since the beginning of the schedule."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Wait until that much time has passed: other actors and the schedule let it pass."""
        until = self.seconds + seconds
        wait_here(f"sleeps {seconds:g} s", ready=lambda: self.seconds >= until)

    def database_now(self) -> datetime:
        """The time that rows are given."""
        return BEGINNING + timedelta(seconds=self.seconds)
