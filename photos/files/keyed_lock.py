"""A lock for each key, so that one user cannot occupy a resource that all users share."""

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class LockNotAcquired(Exception):
    """The lock was not acquired; the text says why, for the end of a sentence."""


class KeyedLock:
    """At most one holder for each key among the threads of this process."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.busy: set[Hashable] = set()
        self.latest: dict[Hashable, object] = {}  # key → the latest replaceable request that waits

    @contextmanager
    def hold(self, key: Hashable, seconds: float, is_replaceable: bool = False) -> Iterator[None]:
        """Hold the lock of a key. Raises LockNotAcquired after that many seconds.

        A replaceable request stops waiting when another replaceable one with its key arrives: only the latest counts.
        """
        self.acquire(key, seconds, is_replaceable)
        try:
            yield
        finally:
            with self.changed:
                self.busy.discard(key)
                self.changed.notify_all()

    def acquire(self, key: Hashable, seconds: float, is_replaceable: bool) -> None:
        mine = object()

        def is_outdated() -> bool:
            return is_replaceable and self.latest.get(key) is not mine

        with self.changed:
            if is_replaceable:
                self.latest[key] = mine
                self.changed.notify_all()
            in_time = self.changed.wait_for(lambda: is_outdated() or key not in self.busy, seconds)
            if is_outdated():
                raise LockNotAcquired("a newer request replaced this one")
            if is_replaceable:  # before the check of the time: a request that gives up must leave no entry behind
                del self.latest[key]
            if not in_time:
                raise LockNotAcquired("an earlier request takes too long, try again in a moment")
            self.busy.add(key)
