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

LOOK = 0.5  # seconds until a lane looks whether others wait
TURN = 1.0  # seconds of a turn when others wait: the mean of all
SHORTEST = 0.2  # seconds of a turn: more changes than that would cost more than they are worth
LONGEST = 15.0  # seconds of a turn of somebody with few lanes among people with many
ALONE = 5.0  # seconds of a turn when nobody waits


class Share:
    """One turn's share of a worker process."""

    def __init__(self, lane: Lane, owed: float = 0.0) -> None:
        self.began = time.monotonic()
        self.seconds = min(max(self.of(lane) + owed, SHORTEST), LONGEST)
        self.owed = 0.0  # seconds that the next turn should be longer than usual, because this one was cut short

    @staticmethod
    def of(lane: Lane) -> float:
        """Seconds of a turn: as much longer than the mean turn as the lane's owner has fewer lanes than the mean."""
        lanes = Lane.open_by_owner()
        mean = sum(lanes.values()) / len(lanes) if lanes else 1
        return TURN * mean / lanes.get(lane.job.owner_id, 1)

    def first(self) -> float:
        """Seconds until somebody who waits may have the process."""
        return min(LOOK, self.seconds)

    def more(self) -> float:
        """Seconds for which the lane may go straight on; none when somebody who waits is to have the process."""
        try:
            return self.beside(queue.lengths())
        except OperationalError as error:
            logger.warning("The broker is away (%s): nobody else can come, so the work goes on.", error)
            return LOOK

    def beside(self, waiting: Mapping[str, int]) -> float:
        """The same by how many messages wait: a new job and upkeep come first, and the next turn makes up for it."""
        spent = time.monotonic() - self.began
        if not any(waiting.values()):
            return LOOK if spent < ALONE else 0.0
        left = self.seconds - spent
        if left > 0 and not (waiting[queue.FRESH] or waiting[queue.UPKEEP]):
            return min(left, LOOK)
        self.owed = max(left, -TURN)  # less than nothing when the last file took long
        return 0.0
