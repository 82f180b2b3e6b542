"""How running work learns that it should stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.work import Work


class Stopped(Exception):
    """The current item was aborted: not a failure of the item."""


class Stop:
    """A stop request shared by the working thread and the watcher's threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.callbacks: list[Callable[[], object]] = []
        self.draining = False  # start no other item
        self.requested = False  # abort the current item
        self.timed_out = False  # `requested` only because the current item took too long
        self.item: Work | None = None  # the current item

    def finish_in_hand(self) -> None:
        """Let the current item finish, and start no other."""
        self.draining = True

    def request(self) -> None:
        """Abort the current item and start no other. Idempotent; called by the watcher."""
        with self.lock:
            self.draining, self.timed_out = True, False
            self.abort()

    def time_out(self, item: Work) -> None:
        """Abort this item because it took too long; nothing happens if it has ended by now."""
        with self.lock:
            if self.item is item and not self.requested:
                self.timed_out = True
                self.abort()

    def abort(self) -> None:
        """Set `requested` and call the callbacks. The caller holds the lock."""
        self.requested = True
        for callback in self.callbacks:
            callback()

    def begin(self, item: Work) -> None:
        """Make an item the current one; a timeout of the item before does not concern it."""
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
        """Call the callback on an abort inside the `with` block; at once if the abort was requested before."""
        with self.lock:
            self.callbacks.append(callback)
            if self.requested:
                callback()
        try:
            yield
        finally:
            with self.lock:
                self.callbacks.remove(callback)
