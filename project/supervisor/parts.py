"""Parts of Stopbath: processes, each with a name, a log file and a process group."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[2]
DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")
MAX_LOG_BYTES = 20_000_000
STOP_SECONDS = 8.0  # from SIGTERM to SIGKILL


class CannotStart(Exception):
    """Stopbath cannot start; the message is the reason, in one sentence."""


class Part:
    """A command in its own process group that ends with this process and logs to <data>/logs/<name>.log.

    `keep_open` are file descriptors that the command inherits.
    """

    def __init__(self, name: str, command: Sequence[str], data: Path, keep_open: Sequence[int] = ()) -> None:
        self.name = name
        self.command = list(command)
        self.data = data
        self.keep_open = tuple(keep_open)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """The path of the log."""
        return self.data / "logs" / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """The number of the process. Raises RuntimeError before the first start."""
        if self.process is None:
            raise RuntimeError(f"{self.name} has not been started.")
        return self.process.pid

    def start(self) -> None:
        """Start the command, and append its output to the log.

        Call this from a thread that lives on: on Linux the part ends with the *thread* that started it.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-S", "-E", str(DIE_WITH_PARENT), str(os.getpid()), *self.command],
                cwd=BASE_DIR,
                env=os.environ | {"STOPBATH_DATA": str(self.data)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=self.keep_open,
                start_new_session=True,
            )

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def describe_end(self) -> str:
        """How the process ended, for the end of a sentence."""
        code = None if self.process is None else self.process.returncode
        if code is None:
            return "is running"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"

    def terminate_process(self) -> None:
        """Send SIGTERM to the process alone; the process ends its own children."""
        if self.process is not None:
            self.process.terminate()

    def wait(self, seconds: float) -> bool:
        """Whether the process ended within `seconds`."""
        try:
            if self.process is not None:
                self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """Send SIGKILL to the whole process group, and wait for the process."""
        if self.process is not None:
            kill_group(self.process.pid)
            self.process.wait()

    def stop(self, patience: float = STOP_SECONDS) -> None:
        """Send SIGTERM; after `patience` seconds, send SIGKILL to the rest of the process group."""
        self.terminate_process()
        self.wait(patience)
        self.kill()

    def trim_log(self) -> None:
        """Copy a log of more than MAX_LOG_BYTES to `.log.1` and empty it.

        Raises OSError if the copy fails; the log is emptied all the same, because a full disk needs the space.
        """
        if not self.log.exists() or self.log.stat().st_size <= MAX_LOG_BYTES:
            return
        try:
            # Copied, not renamed: the part holds the file open and would go on writing to the renamed one.
            self.log.with_suffix(".log.1").write_bytes(self.log.read_bytes())
        finally:
            os.truncate(self.log, 0)


def kill_group(group: int) -> None:
    """Send SIGKILL to every process of a group; do nothing if there is none."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
