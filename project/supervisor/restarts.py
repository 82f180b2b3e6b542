"""The pause before an ended part is restarted."""

from collections import deque

WINDOW_SECONDS = 60.0
MAX_IMMEDIATE_RESTARTS = 3
MAX_PAUSE_SECONDS = 30.0


class RestartBackoff:
    """No pause for three ends within a minute, then 1, 2, 4 … at most 30 seconds."""

    def __init__(self) -> None:
        self.ends: deque[float] = deque()

    def pause_after_end(self, now: float) -> float:
        """The seconds to wait after an end at `now`, a monotonic time."""
        self.ends.append(now)
        while self.ends and now - self.ends[0] > WINDOW_SECONDS:
            self.ends.popleft()
        beyond = len(self.ends) - MAX_IMMEDIATE_RESTARTS
        return 0.0 if beyond <= 0 else min(2.0 ** (beyond - 1), MAX_PAUSE_SECONDS)
