"""Drives the engine here and now, so that time and order belong to the test."""

from __future__ import annotations

from typing import Any

from jobs.models import Job, Lane
from jobs.recovery.rescue import clear_job
from jobs.worker import lanes
from jobs.worker.watcher import Watch
from tests.jobs.kinds import counting


def make_job(owner: Any, items: int = 3, **spec: Any) -> Job:
    """A submitted job that counts."""
    return Job.submit("counting", counting.submission({"items": items, **spec}, owner), owner, door="api")


def waiting_lane(job: Job) -> Lane | None:
    """A lane of the job's run that may still take a turn."""
    run = Job.objects.get(pk=job.pk).run
    return Lane.objects.filter(job=job, run=run, ended=False, working=False).order_by("pk").first()


def take_turn(job: Job) -> Lane:
    """A lane that has taken its next turn, as a worker does when a message comes."""
    waiting = waiting_lane(job)
    assert waiting is not None, "no lane of the job waits"
    lane = Lane.take(waiting.pk, waiting.turn, "test")
    assert lane is not None
    return lane


def run_items(job: Job, items: int | None = None) -> None:
    """Do that many items of the job one after the other, or all that can be done."""
    left = items if items is not None else 1_000_000
    while left > 0 and waiting_lane(job):
        lane = take_turn(job)
        most = 1 if items is not None else lanes.MAX_CLAIM_SIZE
        # Without the watcher's thread: it would look through a connection of its own, past the test's transaction.
        if lanes.Turn(lane, Watch(lane), seconds=0 if items is not None else 1, max_items=most).run():
            lane.pause()
            left -= 1 if items is not None else 0


def clear_removed_jobs() -> None:
    """Do for the deleted jobs what a worker does when their message comes."""
    for pk in Job.everything.filter(removed=True).values_list("pk", flat=True):
        clear_job(pk)


def reload(job: Job) -> Job:
    """The job as the database has it now."""
    return Job.objects.get(pk=job.pk)


def statuses(job: Job, phase: int = 0) -> list[str]:
    """What a person reads of each item, by position."""
    job = reload(job)
    items = job.items.filter(phase=phase).order_by("position")
    for item in items:
        item.job = job
    return [item.status_shown for item in items]


def event_names(job: Job) -> list[str]:
    """The events of the job, oldest first."""
    return list(job.events.values_list("event", flat=True))
