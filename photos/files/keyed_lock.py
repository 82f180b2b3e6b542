"""One thing at a time for each person, so that nobody holds what all share."""

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class LockNotAcquired(Exception):
    """The turn did not come: why, for the end of a sentence."""


class KeyedLock:
    """Gives each person one turn at a time; others of the same person wait."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.busy: set[Hashable] = set()
        self.latest: dict[Hashable, object] = {}  # of each person's requests that wait and give way

    @contextmanager
    def hold(self, person: Hashable, seconds: float, is_replaceable: bool = False) -> Iterator[None]:
        """A turn while this lasts. Raises NotNow after that many seconds.

        One that gives way waits no longer when the person asks for another such one: the latest is what counts.
        """
        self.acquire(person, seconds, is_replaceable)
        try:
            yield
        finally:
            with self.changed:
                self.busy.discard(person)
                self.changed.notify_all()

    def acquire(self, person: Hashable, seconds: float, is_replaceable: bool) -> None:
        """Wait for the turn and take it."""
        mine = object()

        def outdated() -> bool:
            return is_replaceable and self.latest.get(person) is not mine

        with self.changed:
            if is_replaceable:
                self.latest[person] = mine
                self.changed.notify_all()
            in_time = self.changed.wait_for(lambda: outdated() or person not in self.busy, seconds)
            if outdated():
                raise LockNotAcquired("a newer request replaced this one")
            if is_replaceable:
                del self.latest[person]
            if not in_time:
                raise LockNotAcquired("an earlier request takes too long, try again in a moment")
            self.busy.add(person)
