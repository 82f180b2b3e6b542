"""Recompute every counter and status of a job from its items and events, and report differences."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count

from jobs import states
from jobs.models import Job, JobPhase

# The status of a job after each event of its history.
TARGET_STATUSES = {verb: move.target for verb, move in states.MOVES.items()} | {"submit": states.QUEUED}


def find_differences(job: Job) -> Iterator[str]:
    """Yield one sentence for each difference. Raises DoesNotExist if the job was deleted."""
    with job.locked() as current:
        for phase in current.phase_rows:
            yield from check_counters(current, phase)
        yield from check_items(current)
        yield from check_history(current)
    for phase in current.phase_rows:  # without the lock: slow, and a doubled file is an error at any time
        yield from check_refs(current, phase)


def check_counters(job: Job, phase: JobPhase) -> Iterator[str]:
    """Compare the counters of a phase with its items."""
    rows = job.items.filter(phase=phase.number).values("status").order_by().annotate(n=Count("*"))
    found = {row["status"]: row["n"] for row in rows}
    for status, counter in ((states.SUCCEEDED, phase.succeeded), (states.FAILED, phase.failed)):
        if found.get(status, 0) != counter:
            yield f"phase {phase.name} counts {counter} {status}, {found.get(status, 0)} items are"
    if sum(found.values()) != phase.planned:
        yield f"phase {phase.name} has planned {phase.planned} items, {sum(found.values())} exist"
    if phase.planned > phase.total:
        yield f"phase {phase.name} has {phase.planned} items of {phase.total}"


def check_refs(job: Job, phase: JobPhase) -> Iterator[str]:
    """Check that no file has two items in a phase."""
    refs = job.items.filter(phase=phase.number, ref__isnull=False).values("ref").order_by().annotate(n=Count("*"))
    if refs.filter(n__gt=1).exists():
        yield f"phase {phase.name} has two items for the same file"


def check_items(job: Job) -> Iterator[str]:
    """Compare the items with the job's status, and check that finish numbers are unique."""
    running = job.items.running().count()
    if running and not job.active:
        yield f"{running} items run although the job is {job.status} and settled"
    if job.status == states.COMPLETED and not job.retrying:
        waiting = job.items.waiting().count()
        if waiting and not job.events.filter(event="retry").exists():
            yield f"{waiting} items wait although the job has completed"
    finishes = job.items.filter(finish__isnull=False).values("finish").order_by().annotate(n=Count("*"))
    if finishes.filter(n__gt=1).exists():
        yield "two items have the same finish number"


def check_history(job: Job) -> Iterator[str]:
    """Compare each event with the event before it, and the last one with the job's status."""
    if job.retry_pending and (job.status != states.QUEUED or job.lanes.filter(run=job.run).exists()):
        yield "lanes may take items although some are still to be put back for the retry"
    status = ""
    for event in job.events.all():
        if event.event not in TARGET_STATUSES:
            continue
        if status and event.from_status != status:
            yield f"{event.event} begins at {event.from_status}, the line before ended at {status}"
        if event.to_status != TARGET_STATUSES[event.event]:
            yield f"{event.event} leads to {event.to_status}"
        status = event.to_status
    if status != job.status:
        yield f"the job is {job.status}, its history ends at {status or 'nothing'}"
    if job.status == states.CANCELLED and (job.cancelled_at is None or job.ended_at != job.cancelled_at):
        yield "the times of the cancel are not whole"
