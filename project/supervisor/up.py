"""Keeps the parts of Stopbath running until told to stop."""

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
from project.supervisor.parts import Part
from project.supervisor.restarts import RestartBackoff
from project.supervisor.web import wait_until_answering, web_part

POLL_SECONDS = 0.1
STOP_SECONDS = 8.0
LOG_CHECK_SECONDS = 60.0


@dataclass
class SupervisedPart:
    """A part that is kept running, and when it is started again."""

    part: Part
    restarts: RestartBackoff = field(default_factory=RestartBackoff)
    restart_at: float | None = None


class Supervisor:
    """Broker first, web server last; the other way round to stop."""

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
        """Start all parts, start again what ends, until INT, TERM or HUP."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.request_stop)
        try:
            self.start()
            while not self.stop_requested.wait(POLL_SECONDS):
                self.check_parts(time.monotonic())
        finally:
            self.stop()

    def request_stop(self, number: int, frame: FrameType | None) -> None:
        """Stop at the first signal; at the second one, kill."""
        if self.stop_requested.is_set():
            self.kill()
        self.stop_requested.set()

    def start(self) -> None:
        """Start the broker, wait for it, then start the others."""
        if self.broker:
            self.broker.start()
            self.broker.wait_until_ready()
        for kept in self.others:
            kept.part.start()
        self.record_parts()

    def record_parts(self) -> None:
        """Write down what runs, for the next start. A disk that is full is no reason to stop."""
        try:
            self.folder.record_parts(kept.part for kept in self.parts)
        except OSError as error:
            print_line(f"What runs could not be written down in {self.folder.data}: {error.strerror}.")

    def check_parts(self, now: float) -> None:
        """Notice the parts that ended and start those whose pause is over."""
        for kept in self.parts:
            if kept.restart_at is None and not kept.part.is_running():
                self.plan_restart(kept, now)
            if kept.restart_at is not None and kept.restart_at <= now:
                self.restart(kept, now)
        if self.next_log_check <= now:
            self.next_log_check = now + LOG_CHECK_SECONDS
            for kept in self.parts:
                trim_log(kept.part)

    def plan_restart(self, kept: SupervisedPart, now: float) -> None:
        """Say that a part ended, clear away what it left, and choose when it is started again."""
        kept.part.kill()
        pause = kept.restarts.pause_after_end(now)
        kept.restart_at = now + pause
        when = f"in {pause:.0f} s" if pause else "at once"
        print_line(
            f"The {kept.part.name} {kept.part.describe_end()}; starting it again {when}. Its log: {kept.part.log}"
        )

    def restart(self, kept: SupervisedPart, now: float) -> None:
        """Start a part again; when the broker had to move, the others have to learn its address."""
        kept.restart_at = None
        address = self.broker.address if self.broker else ""
        try:
            kept.part.start()
        except OSError as error:  # it has files to write, too
            kept.restart_at = now + kept.restarts.pause_after_end(now)
            print_line(f"The {kept.part.name} could not be started: {error.strerror}; trying again.")
            return
        if self.broker and self.broker.address != address:
            for other in self.others:
                other.part.kill()
        self.record_parts()

    def stop(self) -> None:
        """Web server, beat and worker first, all within the same seconds; the broker when nobody needs it any more."""
        if self.listener:
            self.listener.close()
        deadline = time.monotonic() + STOP_SECONDS
        for kept in reversed(self.others):
            kept.part.terminate_process()
        for kept in reversed(self.others):
            kept.part.wait(max(0.0, deadline - time.monotonic()))
            kept.part.kill()
        if self.broker:
            self.broker.stop(2)
        self.record_parts()

    def kill(self) -> None:
        """End everything now."""
        for kept in self.parts:
            kept.part.kill()


def trim_log(part: Part) -> None:
    """Keep a log from growing, whatever becomes of what it said."""
    try:
        part.trim_log()
    except OSError as error:
        print_line(f"The log of the {part.name} could not be moved aside: {error.strerror}.")


def print_line(sentence: str) -> None:
    """One line on the console, at once."""
    with suppress(OSError):  # it may lead to a full disk, or to nobody: the parts are looked after all the same
        print(sentence, file=sys.stdout, flush=True)


def announce_when_answering(address: str, data: Path, code: str) -> None:
    """Say where Stopbath is as soon as it answers; in a thread, so that the parts are looked after meanwhile."""

    def announce() -> None:
        if not wait_until_answering(address):
            print_line(f"The web server does not answer yet: see {data / 'logs' / 'web.log'}.")
            return
        print_line(f"Stopbath is running at {address} (Ctrl-C stops it).")
        if code:
            print_line(f"There is no account yet. From another machine the first one needs this code: {code}")

    threading.Thread(target=announce, daemon=True).start()
