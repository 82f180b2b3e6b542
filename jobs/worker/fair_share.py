"""Fair shares of the worker processes among users, not among jobs: how long a lane's turn may last.

Waiting lanes take turns in order. The more lanes a user has, the shorter are their turns, so that the turns of each
user add up to the same time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from kombu.exceptions import OperationalError

from jobs import queue
from jobs.models import Lane

logger = logging.getLogger(__name__)

SLICE_SECONDS = 0.5  # seconds between two checks for waiting lanes
MEAN_TURN_SECONDS = 1.0  # seconds of a turn while other lanes wait: the mean of all users
MIN_TURN_SECONDS = 0.2  # seconds of a turn: the overhead of shorter turns would outweigh their fairness
MAX_TURN_SECONDS = 15.0  # seconds of a turn of a user with few lanes among users with many
UNCONTESTED_TURN_SECONDS = 5.0  # seconds of a turn while no lane waits


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
        """Seconds until the first check for waiting lanes."""
        return min(SLICE_SECONDS, self.seconds)

    def next_slice(self) -> float:
        """Seconds until the next check for waiting lanes; 0 if the turn ends now."""
        try:
            return self.slice_beside(queue.queue_lengths())
        except OperationalError as error:
            logger.warning("The broker is unreachable (%s): no other lane can come, so the turn goes on.", error)
            return SLICE_SECONDS

    def slice_beside(self, waiting: Mapping[str, int]) -> float:
        """Seconds until the next check, 0 at the turn's end, given the number of waiting messages by queue.

        New jobs and upkeep end a turn early: `credit` lengthens the next one.
        """
        elapsed = time.monotonic() - self.began
        if not any(waiting.values()):
            return SLICE_SECONDS if elapsed < UNCONTESTED_TURN_SECONDS else 0.0
        remaining = self.seconds - elapsed
        if remaining > 0 and not (waiting[queue.FRESH_QUEUE] or waiting[queue.UPKEEP_QUEUE]):
            return min(remaining, SLICE_SECONDS)
        self.credit = max(remaining, -MEAN_TURN_SECONDS)  # negative if the last item took long
        return 0.0
