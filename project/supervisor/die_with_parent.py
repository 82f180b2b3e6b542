"""Runs one command that ends with its parent, even if the parent is killed.

A script of its own, because it must start in milliseconds: `python die_with_parent.py PARENT_PID COMMAND…`.
"""

import ctypes
import os
import signal
import subprocess
import sys
from types import FrameType

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux to kill this process when the thread that started it ends; do nothing on other systems."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def watch(parent: int, command: list[str]) -> int:
    """Run the command as a child, and kill the whole group once the parent has ended.

    Forwards signals; returns the exit code of the command.
    """
    child = subprocess.Popen(command, close_fds=False)

    def forward_signal(number: int, frame: FrameType | None) -> None:
        child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, forward_signal)
    while True:
        try:
            return child.wait(0.5)
        except subprocess.TimeoutExpired:
            if os.getppid() != parent:
                os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Replace this process by the command on Linux; elsewhere run the command as a child and watch the parent."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform != "linux":
        sys.exit(watch(parent, command))
    die_with_parent()
    # A parent that ended before the prctl sends no signal: compare once more.
    if os.getppid() == parent:
        os.execvp(command[0], command)


if __name__ == "__main__":
    main()
