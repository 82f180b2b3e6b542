"""How long a lane keeps its worker process: the processes are shared among people, not among jobs.

Lanes that wait come to their turns one after the other. A person with more lanes than others has shorter turns,
so that everybody's turns add up to the same.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from kombu.exceptions import OperationalError

from jobs import queue
from jobs.models import Lane

logger = logging.getLogger(__name__)

SLICE_SECONDS = 0.5  # seconds until a lane looks whether others wait
MEAN_TURN_SECONDS = 1.0  # seconds of a turn when others wait: the mean of all
MIN_TURN_SECONDS = 0.2  # seconds of a turn: more changes than that would cost more than they are worth
MAX_TURN_SECONDS = 15.0  # seconds of a turn of somebody with few lanes among people with many
UNCONTESTED_TURN_SECONDS = 5.0  # seconds of a turn when nobody waits


class FairShare:
    """One turn's share of a worker process."""

    def __init__(self, lane: Lane, credit: float = 0.0) -> None:
        self.began = time.monotonic()
        self.seconds = min(max(self.turn_seconds(lane) + credit, MIN_TURN_SECONDS), MAX_TURN_SECONDS)
        self.credit = 0.0  # seconds that the next turn should be longer than usual, because this one was cut short

    @staticmethod
    def turn_seconds(lane: Lane) -> float:
        """Seconds of a turn: as much longer than the mean turn as the lane's owner has fewer lanes than the mean."""
        lanes = Lane.open_by_owner()
        mean = sum(lanes.values()) / len(lanes) if lanes else 1
        return MEAN_TURN_SECONDS * mean / lanes.get(lane.job.owner_id, 1)

    def first_slice(self) -> float:
        """Seconds until somebody who waits may have the process."""
        return min(SLICE_SECONDS, self.seconds)

    def next_slice(self) -> float:
        """Seconds for which the lane may go straight on; none when somebody who waits is to have the process."""
        try:
            return self.slice_beside(queue.queue_lengths())
        except OperationalError as error:
            logger.warning("The broker is away (%s): nobody else can come, so the work goes on.", error)
            return SLICE_SECONDS

    def slice_beside(self, waiting: Mapping[str, int]) -> float:
        """The same by how many messages wait: a new job and upkeep come first, and the next turn makes up for it."""
        spent = time.monotonic() - self.began
        if not any(waiting.values()):
            return SLICE_SECONDS if spent < UNCONTESTED_TURN_SECONDS else 0.0
        left = self.seconds - spent
        if left > 0 and not (waiting[queue.FRESH_QUEUE] or waiting[queue.UPKEEP_QUEUE]):
            return min(left, SLICE_SECONDS)
        self.credit = max(left, -MEAN_TURN_SECONDS)  # less than nothing when the last file took long
        return 0.0
