"""How long to wait before a part is started again."""

from collections import deque

WINDOW = 60.0
AT_ONCE = 3
LONGEST = 30.0


class Restarts:
    """At once three times in a minute; after that the pause doubles up to half a minute."""

    def __init__(self) -> None:
        self.ends: deque[float] = deque()

    def pause_after_end(self, now: float) -> float:
        """Seconds to wait after an end at that time."""
        self.ends.append(now)
        while self.ends and now - self.ends[0] > WINDOW:
            self.ends.popleft()
        beyond = len(self.ends) - AT_ONCE
        return 0.0 if beyond <= 0 else min(2.0 ** (beyond - 1), LONGEST)
