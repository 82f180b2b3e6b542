"""Pages of a job's items: a client that reads page after page while the job runs misses no item."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from jobs import states
from jobs.models.item import Item, ItemQuerySet
from jobs.models.job import Job

FINISHED, POSITION = "f", "p"  # the first letter of a cursor: it counts finish numbers or positions


def finished_after(job: Job, after: int, limit: int) -> list[Item]:
    """Up to `limit` items of the first phase with a finish number above `after`, in the order they finished."""
    return list(job.items.first_phase().filter(finish__gt=after).order_by("finish")[:limit])


def items_after(job: Job, status: str, after: int, limit: int) -> list[Item]:
    """Up to `limit` items whose status for users is `status`, at positions above `after`, planned or not."""
    stored = {states.SKIPPED: states.WAITING}.get(status, status)
    over = job.status in states.ENDED
    if status == (states.WAITING if over else states.SKIPPED):
        return []
    rows = stored_after(job, stored, after, limit)
    if stored == states.WAITING and len(rows) < limit:
        rows += unplanned_items(job, after, limit - len(rows))
    return rows


def stored_after(job: Job, status: str, after: int, limit: int) -> list[Item]:
    """Stored items in a status, by position. Each status has an index, so a few among a million are found at once."""
    items = job.items.first_phase().filter(status=status, position__gt=after).order_by("position")
    if status == states.RUNNING:
        return first_phase_after(job.items.running(), after)[:limit]
    if status == states.WAITING:
        both = [*items.filter(not_before=None)[:limit], *first_phase_after(job.items.postponed(), after)]
        return sorted(both, key=attrgetter("position"))[:limit]
    return list(items[:limit])


def first_phase_after(few: ItemQuerySet, after: int) -> list[Item]:
    """The items of the first phase above a position, filtered in Python: the database would scan the whole job."""
    chosen = (item for item in few.order_by() if item.phase == 0 and item.position > after)
    return sorted(chosen, key=attrgetter("position"))


def unplanned_items(job: Job, after: int, limit: int, ref: int | None = None) -> list[Item]:
    """Unsaved items for files that have no row yet, at positions above `after`.

    `ref` is the source's reference to the file at `after`: with it, the source need not count up to `after` again.
    """
    first = job.phase_rows[0]
    start = max(after, first.planned)
    if start >= first.total or limit <= 0:
        return []
    return first.preview(start, min(limit, first.total - start), ref)


def unprocessed_items(job: Job, piece: int = 2000) -> Iterator[Item]:
    """The job's failed, skipped and waiting files by position, read `piece` rows at a time."""
    after = 0
    rows = job.items.first_phase().exclude(status=states.SUCCEEDED)
    while found := list(rows.filter(position__gt=after).order_by("position")[:piece]):
        yield from found
        after = found[-1].position
    # Not below the last position listed: more items may have been planned meanwhile.
    after, ref = max(after, job.phase_rows[0].planned), None
    while found := unplanned_items(job, after, piece, ref):
        yield from found
        after, ref = found[-1].position, found[-1].ref
