"""The lock of a data folder, which admits one `up` at a time, and the processes that an earlier `up` left."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from project.supervisor.parts import CannotStart, Part, kill_group

LOCK_FILE, PARTS_FILE = "up.lock", "up.parts"


class DataFolder:
    """A data folder, its lock, and the record of the parts that run in it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.lock: TextIO | None = None

    def acquire(self) -> None:
        """Lock the folder until this process ends. Raises CannotStart if another process holds the lock."""
        self.lock = (self.data / LOCK_FILE).open("a+")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.lock.seek(0)
            owner = self.lock.read().strip() or "unknown"
            raise CannotStart(f"Stopbath is already running in {self.data} (process {owner}).") from None
        self.lock.truncate(0)
        self.lock.write(str(os.getpid()))
        self.lock.flush()

    def record_parts(self, parts: Iterable[Part]) -> None:
        """Record the process numbers and identities of running parts, for the next start."""
        running = {part.pid: process_identity(part.pid) for part in parts if part.is_running()}
        draft = self.data / f"{PARTS_FILE}.new"
        draft.write_text(json.dumps(running))
        draft.replace(self.data / PARTS_FILE)

    def end_leftovers(self, patience: float = 3) -> None:
        """End the parts of an earlier start: SIGTERM, and SIGKILL after `patience` seconds.

        A process that merely reuses the number of a part is left alone.
        """
        leftovers = self.leftovers()
        for pid in leftovers:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + patience
        while any(map(process_identity, leftovers)) and time.monotonic() < deadline:
            time.sleep(0.05)
        # Compared again: another process may have got the number while the part was ending.
        for pid, identity in leftovers.items():
            if process_identity(pid) == identity:
                kill_group(pid)
        (self.data / PARTS_FILE).unlink(missing_ok=True)

    def leftovers(self) -> dict[int, str]:
        """The parts of an earlier start that still run: process number → identity."""
        try:
            records = json.loads((self.data / PARTS_FILE).read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return {
            int(pid): identity
            for pid, identity in records.items()
            if identity and process_identity(int(pid)) == identity
        }


def process_identity(pid: int) -> str:
    """Boot and start time of a process, to recognise a reused number; empty if it does not run."""
    if sys.platform != "linux":
        listing = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
        return listing.stdout.strip()
    try:
        # After the name in brackets: state is the first field, the time of the start is the twentieth.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return "" if fields[0] == "Z" else f"{boot} {fields[19]}"
