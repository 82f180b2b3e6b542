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
from project.supervisor.data_folder import Folder
from project.supervisor.parts import Part
from project.supervisor.restarts import Restarts
from project.supervisor.web import wait_until_answering, web_part

GLANCE = 0.1
PATIENCE = 8.0
LOOK_AT_LOGS = 60.0


@dataclass
class Kept:
    """A part that is kept running, and when it is started again."""

    part: Part
    restarts: Restarts = field(default_factory=Restarts)
    due: float | None = None


class Supervisor:
    """Broker first, web server last; the other way round to stop."""

    def __init__(self, folder: Folder, processes: int, listener: socket.socket | None, embedded_broker: bool) -> None:
        self.folder = folder
        self.listener = listener
        self.broker = Broker(folder.data) if embedded_broker else None
        others = [
            Part("worker", commands.worker(processes), folder.data),
            Part("beat", commands.beat(), folder.data),
            *([web_part(folder.data, listener)] if listener else []),
        ]
        self.others = [Kept(part) for part in others]
        self.kept = [*([Kept(self.broker)] if self.broker else []), *self.others]
        self.stop_asked = threading.Event()
        self.logs_due = 0.0

    def run(self) -> None:
        """Start all parts, start again what ends, until INT, TERM or HUP."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.ask_to_stop)
        try:
            self.start()
            while not self.stop_asked.wait(GLANCE):
                self.look_after_parts(time.monotonic())
        finally:
            self.stop()

    def ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        """Stop at the first signal; at the second one, kill."""
        if self.stop_asked.is_set():
            self.kill()
        self.stop_asked.set()

    def start(self) -> None:
        """Start the broker, wait for it, then start the others."""
        if self.broker:
            self.broker.start()
            self.broker.wait_until_ready()
        for kept in self.others:
            kept.part.start()
        self.remember()

    def remember(self) -> None:
        """Write down what runs, for the next start. A disk that is full is no reason to stop."""
        try:
            self.folder.remember(kept.part for kept in self.kept)
        except OSError as error:
            say(f"What runs could not be written down in {self.folder.data}: {error.strerror}.")

    def look_after_parts(self, now: float) -> None:
        """Notice the parts that ended and start those whose pause is over."""
        for kept in self.kept:
            if kept.due is None and not kept.part.running():
                self.plan_restart(kept, now)
            if kept.due is not None and kept.due <= now:
                self.restart(kept, now)
        if self.logs_due <= now:
            self.logs_due = now + LOOK_AT_LOGS
            for kept in self.kept:
                trim_log(kept.part)

    def plan_restart(self, kept: Kept, now: float) -> None:
        """Say that a part ended, clear away what it left, and choose when it is started again."""
        kept.part.kill()
        pause = kept.restarts.pause_after_end(now)
        kept.due = now + pause
        when = f"in {pause:.0f} s" if pause else "at once"
        say(f"The {kept.part.name} {kept.part.ended_how()}; starting it again {when}. Its log: {kept.part.log}")

    def restart(self, kept: Kept, now: float) -> None:
        """Start a part again; when the broker had to move, the others have to learn its address."""
        kept.due = None
        address = self.broker.address if self.broker else ""
        try:
            kept.part.start()
        except OSError as error:  # it has files to write, too
            kept.due = now + kept.restarts.pause_after_end(now)
            say(f"The {kept.part.name} could not be started: {error.strerror}; trying again.")
            return
        if self.broker and self.broker.address != address:
            for other in self.others:
                other.part.kill()
        self.remember()

    def stop(self) -> None:
        """Web server, beat and worker first, all within the same seconds; the broker when nobody needs it any more."""
        if self.listener:
            self.listener.close()
        deadline = time.monotonic() + PATIENCE
        for kept in reversed(self.others):
            kept.part.ask_to_end()
        for kept in reversed(self.others):
            kept.part.wait(max(0.0, deadline - time.monotonic()))
            kept.part.kill()
        if self.broker:
            self.broker.stop(2)
        self.remember()

    def kill(self) -> None:
        """End everything now."""
        for kept in self.kept:
            kept.part.kill()


def trim_log(part: Part) -> None:
    """Keep a log from growing, whatever becomes of what it said."""
    try:
        part.trim_log()
    except OSError as error:
        say(f"The log of the {part.name} could not be moved aside: {error.strerror}.")


def say(sentence: str) -> None:
    """One line on the console, at once."""
    with suppress(OSError):  # it may lead to a full disk, or to nobody: the parts are looked after all the same
        print(sentence, file=sys.stdout, flush=True)


def announce_when_answering(address: str, data: Path, code: str) -> None:
    """Say where Stopbath is as soon as it answers; in a thread, so that the parts are looked after meanwhile."""

    def announce() -> None:
        if not wait_until_answering(address):
            say(f"The web server does not answer yet: see {data / 'logs' / 'web.log'}.")
            return
        say(f"Stopbath is running at {address} (Ctrl-C stops it).")
        if code:
            say(f"There is no account yet. From another machine the first one needs this code: {code}")

    threading.Thread(target=announce, daemon=True).start()
