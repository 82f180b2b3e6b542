"""Sentences for the history and for the error of an ended job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs import states

if TYPE_CHECKING:
    from jobs.models import Job

CANCELLED_BY_USER = "Cancelled by user"


def cancel_error(job: Job, by: Any) -> str:
    """The error of a job that this user has cancelled."""
    return CANCELLED_BY_USER if by is None or by.pk == job.owner_id else f"Cancelled by {by.get_username()}"


def cancel_reason(job: Job) -> str:
    """The current phase of a running job with several phases; otherwise empty."""
    several = job.status == states.RUNNING and len(job.phase_rows) > 1
    return f"In phase {job.current_phase.name}" if several else ""


def no_success_error(total: int) -> str:
    """The error of a job without a single succeeded item."""
    return "The file could not be processed." if total == 1 else f"None of the {total} files could be processed."
