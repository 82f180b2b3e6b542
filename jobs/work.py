"""Claimed items and their outcomes: plain data, without a table."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime
from typing import Any, NamedTuple


class Work(NamedTuple):
    """An item that a lane has claimed."""

    id: int
    position: int
    ref: int | None  # the source's reference to the item, such as a row's primary key
    name: str
    attempt: int
    job_uuid: str
    faults: int = 0  # transient failures since the last submit, resume or retry
    token: str = ""  # unique for each attempt: a late writer never overwrites a newer one


class PendingResult(NamedTuple):
    """A result that counts once `end`, which a thread still works on, completes; the item fails if `end` does."""

    result: dict[str, Any]
    end: Future[None]


class Outcome(NamedTuple):
    """The end of an attempt at a claimed item."""

    work: Work
    status: str  # succeeded, failed, or waiting: tried again later
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error: str = ""
    result: dict[str, Any] | None = None
    retry_after: float = 0.0  # seconds until a waiting item is tried again
