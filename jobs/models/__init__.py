"""The tables of the engine, and the verbs: each locks, decides, writes and records in one transaction.

Messages are sent from `jobs.queue` by task name; nothing here imports a task, a worker or a page.
"""

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
