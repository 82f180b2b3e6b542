"""Supervises the parts of Stopbath until a signal stops it."""

import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from project.supervisor import commands
from project.supervisor.broker import Broker
from project.supervisor.data_folder import DataFolder
from project.supervisor.parts import STOP_SECONDS, Part
from project.supervisor.restarts import RestartBackoff
from project.supervisor.web import wait_until_answering, web_part

POLL_SECONDS = 0.1
BROKER_STOP_SECONDS = 2.0
LOG_CHECK_SECONDS = 60.0


@dataclass
class SupervisedPart:
    """A part, its backoff, and the monotonic time of its next start (None while it runs)."""

    part: Part
    restarts: RestartBackoff = field(default_factory=RestartBackoff)
    restart_at: float | None = None


class Supervisor:
    """Starts the broker first and the web server last, and stops them in reverse."""

    def __init__(
        self, folder: DataFolder, processes: int, listener: socket.socket | None, embedded_broker: bool
    ) -> None:
        self.folder = folder
        self.listener = listener
        self.broker = Broker(folder.data) if embedded_broker else None
        others = [
            Part("worker", commands.worker(processes), folder.data),
            Part("beat", commands.beat(), folder.data),
            *([web_part(folder.data, listener)] if listener else []),
        ]
        self.others = [SupervisedPart(part) for part in others]
        self.parts = [*([SupervisedPart(self.broker)] if self.broker else []), *self.others]
        self.stop_requested = threading.Event()
        self.next_log_check = 0.0

    def run(self) -> None:
        """Start all parts and restart those that end, until SIGINT, SIGTERM or SIGHUP."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.request_stop)
        try:
            self.start()
            while not self.stop_requested.wait(POLL_SECONDS):
                self.check_parts(time.monotonic())
        finally:
            self.stop()

    def request_stop(self, number: int, frame: FrameType | None) -> None:
        """Request a stop; at the second signal, kill all parts."""
        if self.stop_requested.is_set():
            self.kill()
        self.stop_requested.set()

    def start(self) -> None:
        """Start the broker, wait for it, then start the others."""
        if self.broker:
            self.broker.start()
            self.broker.wait_until_ready()
        for supervised in self.others:
            supervised.part.start()
        self.record_parts()

    def record_parts(self) -> None:
        """Record the running parts for the next start; a full disk is reported and does not stop anything."""
        try:
            self.folder.record_parts(supervised.part for supervised in self.parts)
        except OSError as error:
            print_line(f"What runs could not be written down in {self.folder.data}: {error.strerror}.")

    def check_parts(self, now: float) -> None:
        """Plan restarts of parts that ended, start parts whose pause is over, and trim logs."""
        for supervised in self.parts:
            if supervised.restart_at is None and not supervised.part.is_running():
                self.plan_restart(supervised, now)
            if supervised.restart_at is not None and supervised.restart_at <= now:
                self.restart(supervised, now)
        if self.next_log_check <= now:
            self.next_log_check = now + LOG_CHECK_SECONDS
            for supervised in self.parts:
                trim_log(supervised.part)

    def plan_restart(self, supervised: SupervisedPart, now: float) -> None:
        """Report that a part ended, kill the rest of its group, and schedule its restart."""
        supervised.part.kill()
        pause = supervised.restarts.pause_after_end(now)
        supervised.restart_at = now + pause
        when = f"in {pause:.0f} s" if pause else "at once"
        part = supervised.part
        print_line(f"The {part.name} {part.describe_end()}; starting it again {when}. Its log: {part.log}")

    def restart(self, supervised: SupervisedPart, now: float) -> None:
        """Restart a part. If the broker got a new address, kill the others: they read the address at their start."""
        supervised.restart_at = None
        address = self.broker.address if self.broker else ""
        try:
            supervised.part.start()
        except OSError as error:  # a start writes files, which fails on a full disk
            supervised.restart_at = now + supervised.restarts.pause_after_end(now)
            print_line(f"The {supervised.part.name} could not be started: {error.strerror}; trying again.")
            return
        if self.broker and self.broker.address != address:
            for other in self.others:
                other.part.kill()
        self.record_parts()

    def stop(self) -> None:
        """Stop web server, beat and worker together within STOP_SECONDS, then the broker, which they use to the end."""
        if self.listener:
            self.listener.close()
        deadline = time.monotonic() + STOP_SECONDS
        for supervised in reversed(self.others):
            supervised.part.terminate_process()
        for supervised in reversed(self.others):
            supervised.part.wait(max(0.0, deadline - time.monotonic()))
            supervised.part.kill()
        if self.broker:
            self.broker.stop(BROKER_STOP_SECONDS)
        self.record_parts()

    def kill(self) -> None:
        for supervised in self.parts:
            supervised.part.kill()


def trim_log(part: Part) -> None:
    """Trim the log of a part; a failure is reported and does not stop the supervisor."""
    try:
        part.trim_log()
    except OSError as error:
        print_line(f"The log of the {part.name} could not be moved aside: {error.strerror}.")


def print_line(sentence: str) -> None:
    """Print a line at once; an unwritable console is ignored, because the parts need their supervisor."""
    with suppress(OSError):  # a full disk, or a closed terminal
        print(sentence, file=sys.stdout, flush=True)


def announce_when_answering(address: str, data: Path, code: str) -> None:
    """Print the address once the web server answers, from a thread: the parts are supervised meanwhile."""

    def announce() -> None:
        if not wait_until_answering(address):
            print_line(f"The web server does not answer yet: see {data / 'logs' / 'web.log'}.")
            return
        print_line(f"Stopbath is running at {address} (Ctrl-C stops it).")
        if code:
            print_line(f"There is no account yet. From another machine the first one needs this code: {code}")

    threading.Thread(target=announce, daemon=True).start()
