"""Heartbeats of workers and beat: a thread of each process records one every two seconds."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from celery import signals
from django.db import Error, connection

from jobs.clock import describe_error
from jobs.models import Worker
from jobs.models.worker import HOST_NAME
from jobs.worker.shutdown import is_shutting_down

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2.0  # seconds


def write_heartbeats(name: str, role: str, processes: int) -> None:
    """Record heartbeats until the shutdown; a database error is logged, and the next heartbeat tries again."""
    while not is_shutting_down():
        try_write(delete_dead_workers)
        try_write(partial(Worker.record_heartbeat, name, role, processes))
        time.sleep(HEARTBEAT_SECONDS)


def try_write(write: Callable[[], object]) -> None:
    """Call `write`, and log a database error instead of raising it."""
    try:
        write()
    except Error as error:
        logger.warning("No heartbeat could be recorded: %s", describe_error(error))
        connection.close()


def delete_dead_workers() -> None:
    """Delete the rows of this machine's dead processes: a killed process could not delete its own."""
    for name in Worker.objects.filter(name__contains=f"@{HOST_NAME}:").values_list("name", flat=True):
        if not is_process_alive(int(name.rpartition(":")[2])):
            Worker.objects.filter(name=name).delete()


def is_process_alive(pid: int) -> bool:
    """Whether a process with this pid exists on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def start_heartbeats(role: str, processes: int = 0) -> None:
    threading.Thread(
        target=write_heartbeats, args=(Worker.own_name(role), role, processes), name="signs", daemon=True
    ).start()


@signals.worker_ready.connect
def worker_is_ready(sender: Any, **_: Any) -> None:
    """Start the heartbeats of a worker once it consumes tasks."""
    start_heartbeats(Worker.WORKER, sender.pool.num_processes)


@signals.beat_init.connect
def beat_is_ready(**_: Any) -> None:
    """Start the heartbeats of beat."""
    start_heartbeats(Worker.BEAT)
