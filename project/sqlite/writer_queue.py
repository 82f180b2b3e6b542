"""The queue of writers of all processes on one machine, by file locks that end with the process that holds them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from pathlib import Path

POLL_SECONDS = 0.0005
WAKE_AFTER_SECONDS = 2.0  # longer than any write of a running process
PID_FORMAT = b"%-10d"  # the process that holds a lock, written into the lock's file


class WriterQueue:
    """Admits one writer at a time; a writer that has just left queues behind all that wait."""

    def __init__(self, beside: Path) -> None:
        # Two locks: the next writer holds `head`, the current one `writer`. With a single lock, a writer could release
        # and acquire it again before a writer that sleeps between two tries.
        self.head, self.writer = (
            os.open(f"{beside}-{name}", os.O_RDWR | os.O_CREAT, 0o600) for name in ("line", "writer")
        )
        self.is_acquired = False

    def acquire(self, seconds: float) -> None:
        """Wait for the lock at most `seconds`, then go on without it: a stopped process must not block all others."""
        deadline = time.monotonic() + seconds
        if acquire_lock(self.head, deadline):
            self.is_acquired = acquire_lock(self.writer, deadline)
            fcntl.flock(self.head, fcntl.LOCK_UN)

    def release(self) -> None:
        """Admit the next writer; do nothing if the lock is not held."""
        if self.is_acquired:
            self.is_acquired = False
            fcntl.flock(self.writer, fcntl.LOCK_UN)

    def close(self) -> None:
        """Release the lock and close both files."""
        self.release()
        os.close(self.head)
        os.close(self.writer)


def acquire_lock(lock: int, deadline: float) -> bool:
    """Whether the lock was acquired before the deadline. A holder is sent SIGCONT every `WAKE_AFTER_SECONDS`."""
    wake_at = time.monotonic() + WAKE_AFTER_SECONDS
    while (now := time.monotonic()) < deadline:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if now > wake_at:
                wake_holder(lock)
                wake_at = now + WAKE_AFTER_SECONDS
            time.sleep(POLL_SECONDS)
        else:
            os.pwrite(lock, PID_FORMAT % os.getpid(), 0)
            return True
    return False


def wake_holder(lock: int) -> None:
    """Continue the process that holds the lock, if it was stopped; a running one ignores SIGCONT."""
    holder = os.pread(lock, 10, 0)
    # The holder may have ended just now, or belong to another user.
    with contextlib.suppress(ValueError, ProcessLookupError, PermissionError):
        os.kill(int(holder), signal.SIGCONT)
