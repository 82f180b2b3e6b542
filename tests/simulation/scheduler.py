"""Threads of which one goes on at a time, each until its next point of choice."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

STUCK_AFTER_SECONDS = 20.0  # of real time, within which a step ends or waits for a lock of the database
BLOCKED_CHECK_SECONDS = 0.004  # of real time: most statements take less

current = threading.local()


class ProcessKilled(BaseException):
    """The process of this thread was killed: nothing of it reaches the database or the disk any more."""


class Stuck(Exception):
    """A step came neither to its end nor to a lock of the database."""


class Actor(threading.Thread):
    """A thread that runs one task after the other, and waits before everything that others could notice."""

    def __init__(self, name: str, connect: Callable[[Actor], None], disconnect: Callable[[Actor], None]) -> None:
        super().__init__(name=name, daemon=True)
        self.connect, self.disconnect = connect, disconnect
        self.go, self.parked = threading.Semaphore(0), threading.Event()
        self.task: Callable[[], object] | None = None
        self.over = False
        self.backend_pid = 0  # of the server's process behind the connection
        self.points: Any = None  # the points of choice of the connection
        self.process: Any = None  # the process whose thread this is now
        self.reset()

    def reset(self) -> None:
        """Forget the task before."""
        self.label, self.previous, self.faults = "", "", ()  # what the next step does, and what the latest did
        self.ready: Callable[[], bool] | None = None
        self.fault = ""
        self.killed = self.blocked = False
        self.error: BaseException | None = None
        self.released = False  # whether the latest step may have released locks of the database

    @property
    def is_busy(self) -> bool:
        """Whether a task was begun and has not ended."""
        return self.task is not None

    @property
    def is_runnable(self) -> bool:
        """Whether a step of this actor would do something now."""
        return self.is_busy and not self.blocked and (self.ready is None or self.ready())

    def begin(self, task: Callable[[], object], label: str) -> None:
        """Give an idle actor a task; the first step begins it."""
        assert not self.is_busy, f"{self.name} is busy: {self.label}"
        self.reset()
        self.task, self.label = task, label

    def run(self) -> None:
        current.actor = self
        self.connect(self)
        self.parked.set()
        while True:
            self.go.acquire()
            if self.over:
                break
            self.run_task()
            self.task = None
            self.parked.set()
        self.disconnect(self)
        self.parked.set()

    def run_task(self) -> None:
        """Run the task to its end, or to the end of its process."""
        assert self.task is not None
        try:
            self.task()
        except ProcessKilled:
            pass
        except BaseException as error:
            self.error = error

    def wait(self, label: str, faults: tuple[str, ...] = (), ready: Callable[[], bool] | None = None) -> str:
        """Wait until the scheduler chooses this actor; returns the fault to be met, usually none.

        Raises ProcessKilled when the process was killed meanwhile.
        """
        if self.killed:
            raise ProcessKilled
        self.label, self.previous, self.faults, self.ready = label, self.label, faults, ready
        self.parked.set()
        self.go.acquire()
        if self.killed:
            raise ProcessKilled
        fault, self.fault = self.fault, ""
        return fault


def current_actor() -> Actor | None:
    """The actor of this thread; None in a thread of the tests."""
    return getattr(current, "actor", None)


def wait_here(label: str, faults: tuple[str, ...] = (), ready: Callable[[], bool] | None = None) -> str:
    """A point of choice of the actor of this thread; nothing in a thread of the tests."""
    actor = current_actor()
    return actor.wait(label, faults, ready) if actor else ""


class Scheduler:
    """Lets actors go on, one at a time."""

    def __init__(self, is_blocked: Callable[[Actor], bool]) -> None:
        self.is_blocked = is_blocked
        self.blocked: list[Actor] = []

    def step(self, actor: Actor, fault: str = "") -> None:
        """Let an actor go on until its next point of choice, its end, or a lock of the database."""
        actor.fault, actor.released = fault, False
        actor.parked.clear()
        actor.go.release()
        self.wait_for(actor)
        if self.blocked and (actor.released or not actor.is_busy):
            self.recheck_blocked()

    def kill(self, actor: Actor) -> None:
        """End the task of an actor: it unwinds without another statement, its transaction is rolled back."""
        actor.killed = True
        if actor.is_busy and not actor.blocked:
            actor.released = True
            self.step(actor)

    def wait_for(self, actor: Actor) -> None:
        """Wait until the step has ended, or the database says that it waits for a lock. Raises Stuck."""
        deadline = time.monotonic() + STUCK_AFTER_SECONDS
        while not actor.parked.wait(BLOCKED_CHECK_SECONDS):
            if self.is_blocked(actor):
                actor.blocked = True
                if actor not in self.blocked:
                    self.blocked.append(actor)
                return
            if time.monotonic() > deadline:
                raise Stuck(f"{actor.name} is stuck after: {actor.label}\n{stack_of(actor)}")
        actor.blocked = False

    def recheck_blocked(self) -> None:
        """After locks were released: wait until each blocked actor has gone on, or is still blocked."""
        waiting, self.blocked = self.blocked, []
        for actor in waiting:
            self.wait_for(actor)


def stack_of(actor: Actor) -> str:
    """Where a thread is, as a traceback."""
    frame = sys._current_frames().get(actor.ident or 0)
    return "".join(traceback.format_stack(frame)) if frame else ""
