"""What a lane is given to do, and what became of it: plain data, without a table."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime
from typing import Any, NamedTuple


class Work(NamedTuple):
    """One item in the hands of a lane."""

    id: int
    position: int
    ref: int | None  # what the source said this item is, such as the key of a row
    name: str
    attempt: int
    job_uuid: str
    faults: int = 0  # passing ones that it had before, since a person last asked for it
    token: str = ""  # unique for each attempt: a late writer never meets a newer one


class PendingResult(NamedTuple):
    """A result that counts as soon as something has ended well that a thread still sees to, and fails if that does."""

    result: dict[str, Any]
    end: Future[None]


class Outcome(NamedTuple):
    """What became of an item in a lane's hands."""

    work: Work
    status: str  # succeeded, failed, or waiting when it goes back
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error: str = ""
    result: dict[str, Any] | None = None
    retry_after: float = 0.0  # seconds to wait for, of one that goes back after a passing fault
