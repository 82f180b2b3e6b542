"""Puts the simulated clock, broker, disk and watcher in the place of the real ones, for the modules of the engine."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from jobs import clock as engine_clock
from jobs import queue
from jobs.models import Lane
from jobs.worker import lanes, shutdown, watcher
from tests.simulation.scheduler import current_actor
from tests.simulation.world import SimulatedLock, SimulatedWatcher, World, current_process


class NoTimer:
    """Stands for `threading.Timer`: real seconds mean nothing here."""

    daemon = True

    def __init__(self, *_: object) -> None:
        pass

    def start(self) -> None:
        """Begin nothing."""

    def cancel(self) -> None:
        """End nothing."""


simulated_threading = SimpleNamespace(RLock=SimulatedLock, Lock=threading.Lock, Timer=NoTimer)


@contextmanager
def installed(world: World) -> Iterator[None]:
    """The engine runs in the simulated world inside the `with` block."""
    with ExitStack() as stack, world.disk.installed():
        for name, value, usual in replacements(world):
            for module in engine_modules():
                if getattr(module, name, None) is usual:
                    stack.enter_context(patch.object(module, name, value))
        for name, value in broker_functions(world).items():
            stack.enter_context(patch.object(queue, name, value))
        stack.enter_context(patch.object(Lane, "abandon", noting_abandon(world, Lane.abandon)))
        yield


def engine_modules() -> list[Any]:
    """Every module of the engine that was imported."""
    return [module for name, module in list(sys.modules.items()) if name.startswith("jobs.")]


def replacements(world: World) -> list[tuple[str, Any, Any]]:
    """Names in modules of the engine, what stands there during the simulation, and what has to stand there before."""
    return [
        ("time", world.clock, time),
        ("threading", simulated_threading, threading),
        ("database_now", world.clock.database_now, engine_clock.database_now),
        ("is_shutting_down", lambda: bool(current_actor()) and current_process().shutting_down,
         shutdown.is_shutting_down),
        ("watcher", SimulatedWatcher(), lanes.watcher),
        ("arm_stuck_timer", lambda: None, watcher.arm_stuck_timer),
        ("kill_process", world.kill_own_process, watcher.kill_process),
    ]  # fmt: skip


def broker_functions(world: World) -> dict[str, Callable[..., Any]]:
    """What stands for the functions of `jobs.queue` that reach the broker."""
    broker = world.broker
    return {
        # Without a thread: that a message is sent late, or that the process dies before, are choices of their own.
        "run_in_broker_thread": lambda call: call(),
        "send": broker.send,
        "revoke": broker.revoke,
        "send_task_after_commit": lambda task, *args: queue.run_after_commit(partial(broker.send_task, task, *args)),
        "queue_lengths": broker.queue_lengths,
        "flush": lambda seconds=None: None,
    }


def noting_abandon(world: World, usual: Callable[[Lane, Exception], None]) -> Callable[[Lane, Exception], None]:
    """The method that, beside its work, notes a claim that is not whole: somebody took items of a turn that holds."""

    def abandon(lane: Lane, why: Exception) -> None:
        world.problems.append(f"lane {lane.pk} abandoned turn {lane.turn}: {why}")
        usual(lane, why)

    return abandon
