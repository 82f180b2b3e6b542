"""The broker of a simulated world: messages may come late, twice or never."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from jobs.queue import FRESH_QUEUE, LANE_QUEUE, UPKEEP_QUEUE, Message
from tests.simulation.scheduler import wait_here

SEND_FAULTS = ("lost", "doubled")


class Envelope(NamedTuple):
    """A message that waits: a turn of a lane, or a task that takes no turns."""

    queue: str
    task: str
    args: tuple[Any, ...]
    task_id: str = ""

    def __str__(self) -> str:
        return f"{self.task}{self.args}"


class SimulatedBroker:
    """Keeps the messages in the order in which they were sent."""

    def __init__(self) -> None:
        self.waiting: list[Envelope] = []
        self.revoked: set[str] = set()
        self.unacknowledged: list[Envelope] = []  # of workers that were killed: handed out again after a while

    def put(self, envelope: Envelope) -> None:
        """A point of choice, then the message waits: usually once."""
        fault = wait_here(f"sends {envelope.task} to {envelope.queue}", SEND_FAULTS)
        self.waiting += [envelope] * {"lost": 0, "doubled": 2}.get(fault, 1)

    def send(self, messages: Sequence[Message], queue: str) -> None:
        """Stands for `jobs.queue.send`."""
        for message in messages:
            self.put(Envelope(queue, "lane", (message.lane, message.turn, 0.0), message.task_id))

    def send_task(self, task: str, *args: Any) -> None:
        """Send a task that takes no turns."""
        self.put(Envelope(UPKEEP_QUEUE, task.removeprefix("jobs."), args))

    def revoke(self, task_ids: list[str]) -> None:
        """Stands for `jobs.queue.revoke`: the workers drop these messages, unless they do not hear of it."""
        if wait_here("revokes the messages of the job", ("lost",)) != "lost":
            self.revoked.update(task_ids)

    def take(self, index: int) -> Envelope | None:
        """Take a waiting message away; None when it was revoked."""
        envelope = self.waiting.pop(index)
        return None if envelope.task_id in self.revoked else envelope

    def hand_out_again(self, index: int) -> None:
        """A message of a worker that was killed waits once more."""
        self.waiting.append(self.unacknowledged.pop(index))

    def queue_lengths(self) -> dict[str, int]:
        """Stands for `jobs.queue.queue_lengths`."""
        queues = [envelope.queue for envelope in self.waiting]
        return {name: queues.count(name) for name in (FRESH_QUEUE, LANE_QUEUE, UPKEEP_QUEUE)}
