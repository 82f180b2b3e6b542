"""What the engine keeps in the database."""

from jobs.models.counter import Tally
from jobs.models.event import Event
from jobs.models.idempotency import IdempotencyKey
from jobs.models.item import Attempt, Item
from jobs.models.job import Job
from jobs.models.lane import Lane
from jobs.models.phase import JobPhase
from jobs.models.throughput import Pace
from jobs.models.worker import Worker, WorkerName

__all__ = [
    "Attempt",
    "Event",
    "IdempotencyKey",
    "Item",
    "Job",
    "JobPhase",
    "Lane",
    "Pace",
    "Tally",
    "Worker",
    "WorkerName",
]
