"""Sentences and counts in words that several doors say alike: the history, pages, the API, the admin, commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs import states

if TYPE_CHECKING:
    from jobs.models import Job
    from jobs.models.counts import Counts

CANCELLED_BY_USER = "Cancelled by user"
NOT_FOUND_OR_COMPLETED = "Job not found or already completed"
NOTHING_RUNNING = "Nothing is running"
WAITING_FOR_WORKER = "Waiting for a worker"


# ---------------------------------------------------------------- jobs


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


def outcome_counts(counts: Counts) -> str:
    """The outcomes of a job's files: 412 done, 3 failed, 0 not started."""
    return f"{counts.succeeded:,} done, {counts.failed:,} failed, {counts.skipped:,} not started"


# ---------------------------------------------------------------- counts


def quantity(number: int, noun: str) -> str:
    """1 file, 1,248 files, 2 processes."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{ending}"


def gigabytes(size: float) -> str:
    """A number of bytes as 1.5 GB, in this unit also if it is less than one."""
    return f"{size / 1e9:,.1f} GB"


def done_to(number: int, noun: str, participle: str) -> str:
    """1 job was cancelled, 3 jobs were deleted."""
    return f"{quantity(number, noun)} {'was' if number == 1 else 'were'} {participle}"


# ---------------------------------------------------------------- refusals


def none_selected(noun: str) -> str:
    """The refusal of a form on which nothing is ticked."""
    return f"No {noun} is selected. Select some first."


def too_long(subject: str, max_characters: int) -> str:
    """The refusal of a text that is too long."""
    return f"{subject} may have at most {max_characters} characters."


def unknown_user(name: str) -> str:
    """The refusal of a user name that nobody has."""
    return f"There is no user {name!r}."
