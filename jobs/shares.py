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

SLICE = 1.0  # seconds until a lane looks whether others wait; the mean of all turns when they do
SHORTEST = 0.2  # seconds of a turn: more changes than that would cost more than they are worth
LONGEST = 15.0  # seconds of a turn of somebody with few lanes among people with many
ALONE = 5.0  # seconds of a turn when nobody waits


class Share:
    """One turn's share of a worker process."""

    def __init__(self, lane: Lane, spent: float = 0.0) -> None:
        self.spent_before = spent  # seconds of this turn that were used before the lane gave way
        self.began = time.monotonic()
        self.seconds = self.of(lane)
        self.left_over = 0.0

    @staticmethod
    def of(lane: Lane) -> float:
        """Seconds of a turn: as many times longer than a slice as the lane's owner has fewer lanes than the mean."""
        lanes = Lane.open_by_owner()
        mean = sum(lanes.values()) / len(lanes) if lanes else 1
        return min(max(SLICE * mean / lanes.get(lane.job.owner_id, 1), SHORTEST), LONGEST)

    @property
    def slice(self) -> float:
        """Seconds until somebody who waits may have the process."""
        return min(SLICE, max(self.seconds - self.spent_before, SHORTEST))

    def goes_on(self) -> bool:
        """Whether the lane may go straight on with another slice."""
        try:
            return self.may_go_on(queue.lengths())
        except OperationalError as error:
            logger.warning("The broker is away (%s): nobody else can come, so the work goes on.", error)
            return True

    def may_go_on(self, waiting: Mapping[str, int]) -> bool:
        """By how many messages wait: a new job and upkeep come first, the rest of the turn follows on their heels."""
        spent = self.spent_before + time.monotonic() - self.began
        first = waiting[queue.FRESH] or waiting[queue.UPKEEP]
        if first and spent < self.seconds:
            self.left_over = spent
        return not first and spent < (self.seconds if waiting[queue.LANES] else ALONE)
