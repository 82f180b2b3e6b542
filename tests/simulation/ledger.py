"""What a kind did, in the order in which it did it: written beside the engine, which never reads it."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One thing that happened to an item outside of the database."""

    event: str  # started, published, discarded
    job: str  # the job's uuid
    phase: str
    position: int
    token: str  # position-lane-turn-phase-attempt
    process: str
    at: float  # seconds of the clock that the writer of the ledger has
    sha256: str = ""
    file: str = ""

    @property
    def lane(self) -> int:
        """The lane that had claimed the item."""
        return int(self.token.split("-")[1])

    @property
    def turn(self) -> int:
        """The turn of the lane that had claimed the item."""
        return int(self.token.split("-")[2])
