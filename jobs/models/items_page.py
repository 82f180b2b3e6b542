"""Reading a job's items piece by piece, so that nobody who follows along misses one."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from jobs import states
from jobs.models.item import Item, ItemQuerySet
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
    rows = stored_after(job, stored, after, limit)
    if stored == states.WAITING and len(rows) < limit:
        rows += unplanned_items(job, after, limit - len(rows))
    return rows


def stored_after(job: Job, status: str, after: int, limit: int) -> list[Item]:
    """Items in that status by position, each found by an index of its own: few among a million are found at once."""
    items = job.items.first_phase().filter(status=status, position__gt=after).order_by("position")
    if status == states.RUNNING:
        return first_phase_after(job.items.running(), after)[:limit]
    if status == states.WAITING:
        both = [*items.filter(not_before=None)[:limit], *first_phase_after(job.items.postponed(), after)]
        return sorted(both, key=attrgetter("position"))[:limit]
    return list(items[:limit])


def first_phase_after(few: ItemQuerySet, after: int) -> list[Item]:
    """Those of the first phase beyond a position: chosen here, or the database would go through the whole job."""
    chosen = (item for item in few.order_by() if item.phase == 0 and item.position > after)
    return sorted(chosen, key=attrgetter("position"))


def unplanned_items(job: Job, after: int, limit: int, ref: int | None = None) -> list[Item]:
    """Files that have no row yet: a cancel stops the planning, they are told all the same.

    With the ref of the one at `after`, if it has no row either, none before it is looked at again.
    """
    first = job.phase_rows[0]
    start = max(after, first.planned)
    if start >= first.total or limit <= 0:
        return []
    return first.preview(start, min(limit, first.total - start), ref)


def unprocessed_items(job: Job, piece: int = 2000) -> Iterator[Item]:
    """Every file without a result, by position: failed, skipped and waiting ones."""
    after = 0
    rows = job.items.first_phase().exclude(status=states.SUCCEEDED)
    while found := list(rows.filter(position__gt=after).order_by("position")[:piece]):
        yield from found
        after = found[-1].position
    # Not below what was listed: more may have been planned meanwhile.
    after, ref = max(after, job.phase_rows[0].planned), None
    while found := unplanned_items(job, after, piece, ref):
        yield from found
        after, ref = found[-1].position, found[-1].ref
