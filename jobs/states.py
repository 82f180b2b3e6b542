"""Every status and every move between statuses, on one screen."""

from dataclasses import dataclass

QUEUED, RUNNING, COMPLETED, FAILED, CANCELLED = "queued", "running", "completed", "failed", "cancelled"
ACTIVE = (QUEUED, RUNNING)
ENDED = (COMPLETED, FAILED, CANCELLED)
JOB_STATUSES = (*ACTIVE, *ENDED)
STILL_ACTIVE = "active"  # no status of a row: queued, running or not settled
SELECTABLE_STATUSES = (STILL_ACTIVE, *JOB_STATUSES)  # that a list of jobs can be narrowed to

WAITING, SUCCEEDED, SKIPPED = "waiting", "succeeded", "skipped"
ITEM_STATUSES = (WAITING, RUNNING, SUCCEEDED, FAILED)
SHOWN_ITEM_STATUSES = (*ITEM_STATUSES, SKIPPED)  # a waiting item of a job that has ended is shown as skipped

DONE = "done"
PHASE_STATUSES = (WAITING, RUNNING, DONE, CANCELLED, FAILED)


@dataclass(frozen=True)
class Move:
    """A verb that moves a job from one of the source statuses to the target status."""

    sources: tuple[str, ...]
    target: str
    participle: str  # completes "A job that is … cannot be …"


MOVES = {
    "start": Move((QUEUED,), RUNNING, "started"),
    "finish": Move((RUNNING,), COMPLETED, "finished"),
    "fail": Move((QUEUED, RUNNING), FAILED, "failed"),
    "cancel": Move((QUEUED, RUNNING), CANCELLED, "cancelled"),
    # Usually from cancelled; from completed and failed when a retry or a failed phase left items waiting.
    "resume": Move((CANCELLED, COMPLETED, FAILED), QUEUED, "resumed"),
    "retry": Move((COMPLETED, FAILED, CANCELLED), QUEUED, "retried"),
}
# Events that change no status.
OTHER_EVENTS = ("submit", "phase", "settle", "rescue", "delete")
EVENTS = (*MOVES, *OTHER_EVENTS)
DOORS = ("page", "api", "admin", "command", "worker")
