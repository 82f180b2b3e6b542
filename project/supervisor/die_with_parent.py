"""Runs one command that ends when its parent ends, however the parent ends.

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
    """Ask Linux to kill this process when the thread that started it ends. Elsewhere this does nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def watch(parent: int, command: list[str]) -> int:
    """Run the command as a child, pass signals on, and kill its whole group once the parent is gone."""
    child = subprocess.Popen(command, close_fds=False)

    def pass_on(number: int, frame: FrameType | None) -> None:
        child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, pass_on)
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
    # The parent may have ended before prctl was called: then no signal comes, so compare once more.
    if os.getppid() == parent:
        os.execvp(command[0], command)


if __name__ == "__main__":
    main()
