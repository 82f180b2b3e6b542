"""The line in which writers wait: of all processes on this machine, by locks that end with whoever held them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from pathlib import Path

POLL_SECONDS = 0.0005  # seconds
WAKE_AFTER_SECONDS = 2.0  # seconds that nobody writes for who has not been stopped
PID_FORMAT = b"%-10d"  # of the process that has a lock, kept in its file


class WriterQueue:
    """Lets one in at a time. Whoever has just left lines up behind all who wait."""

    def __init__(self, beside: Path) -> None:
        # Who waits at the head of the line holds the first lock, who is inside the second.
        self.head, self.writer = (
            os.open(f"{beside}-{name}", os.O_RDWR | os.O_CREAT, 0o600) for name in ("line", "writer")
        )
        self.is_acquired = False

    def acquire(self, seconds: float) -> None:
        """Wait for a turn; after that many seconds go in regardless, for a stopped process must not stop all others."""
        deadline = time.monotonic() + seconds
        if acquire_lock(self.head, deadline):
            self.is_acquired = acquire_lock(self.writer, deadline)
            fcntl.flock(self.head, fcntl.LOCK_UN)

    def release(self) -> None:
        """Let the next one in. Harmless for one who is not inside."""
        if self.is_acquired:
            self.is_acquired = False
            fcntl.flock(self.writer, fcntl.LOCK_UN)

    def close(self) -> None:
        """Leave for good."""
        self.release()
        os.close(self.head)
        os.close(self.writer)


def acquire_lock(lock: int, deadline: float) -> bool:
    """Whether the lock could be had in time; whoever has it for long is told to go on."""
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
    """Have the process that has the lock go on, if it was stopped; to one that runs this means nothing."""
    holder = os.pread(lock, 10, 0)
    # It may have ended just now, or belong to somebody else.
    with contextlib.suppress(ValueError, ProcessLookupError, PermissionError):
        os.kill(int(holder), signal.SIGCONT)
