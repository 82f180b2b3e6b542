"""How running work learns that it should stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.work import Work


class Stopped(Exception):
    """The work in hand was told to stop: not a failure of the item."""


class Stop:
    """A stop sign shared by the thread that works and the thread that watches."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.callbacks: list[Callable[[], object]] = []
        self.draining = False  # take no other item
        self.requested = False  # and abort the one in hand
        self.timed_out = False  # only because the one in hand took too long
        self.item: Work | None = None  # the one in hand

    def finish_in_hand(self) -> None:
        """Let the item in hand end by itself, and start no other."""
        self.draining = True

    def request(self) -> None:
        """Abort the item in hand. Called from the watcher's thread, harmless when called again."""
        with self.lock:
            self.draining, self.timed_out = True, False
            self.abort()

    def time_out(self, item: Work) -> None:
        """Abort this item because it took too long, and no other; it may be over by now."""
        with self.lock:
            if self.item is item and not self.requested:
                self.timed_out = True
                self.abort()

    def abort(self) -> None:
        """Tell whoever works on the item. The caller holds the lock."""
        self.requested = True
        for callback in self.callbacks:
            callback()

    def begin(self, item: Work) -> None:
        """Another item is in hand: what was said of a late one does not concern it."""
        with self.lock:
            self.item = item
            if self.timed_out:
                self.timed_out = self.requested = False

    def check(self) -> None:
        """Raise Stopped once a stop was requested: for loops inside an item."""
        if self.requested:
            raise Stopped

    @contextmanager
    def on_abort(self, callback: Callable[[], object]) -> Iterator[None]:
        """While this lasts, a stop calls the callback; at once when the stop was requested before."""
        with self.lock:
            self.callbacks.append(callback)
            if self.requested:
                callback()
        try:
            yield
        finally:
            with self.lock:
                self.callbacks.remove(callback)
