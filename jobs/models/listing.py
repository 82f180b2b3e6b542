"""Reading a job's items piece by piece, so that nobody who follows along misses one."""

from __future__ import annotations

from collections.abc import Iterator

from jobs import states
from jobs.models.item import Item
from jobs.models.job import Job

FINISHED, POSITION = "f", "p"  # what a cursor counts


def finished_after(job: Job, after: int, limit: int) -> list[Item]:
    """Items of the first phase in the order they finished, beyond that finish number."""
    return list(job.items.first_phase().filter(finish__gt=after).order_by("finish")[:limit])


def items_after(job: Job, status: str, after: int, limit: int) -> list[Item]:
    """Items that a person sees in that status, by position, planned or not."""
    stored = {states.SKIPPED: states.WAITING}.get(status, status)
    over = job.status in states.ENDED
    if status == (states.WAITING if over else states.SKIPPED):
        return []
    rows = list(job.items.first_phase().filter(status=stored, position__gt=after).order_by("position")[:limit])
    if stored == states.WAITING and len(rows) < limit:
        rows += unplanned(job, after, limit - len(rows))
    return rows


def unplanned(job: Job, after: int, limit: int) -> list[Item]:
    """Files that have no row yet: a cancel stops the planning, they are told all the same."""
    first = job.phase_rows[0]
    start = max(after, first.planned)
    if start >= first.total or limit <= 0:
        return []
    return first.preview(start, min(limit, first.total - start))


def unprocessed(job: Job, piece: int = 2000) -> Iterator[Item]:
    """Every file without a result, by position: failed, skipped and waiting ones."""
    after = 0
    rows = job.items.first_phase().exclude(status=states.SUCCEEDED)
    while found := list(rows.filter(position__gt=after).order_by("position")[:piece]):
        yield from found
        after = found[-1].position
    # Not below what was listed: more may have been planned meanwhile.
    after = max(after, job.phase_rows[0].planned)
    while found := unplanned(job, after, piece):
        yield from found
        after = found[-1].position
