"""Signs of life: workers and beat write one every two seconds, from a thread of their own."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from typing import Any

from celery import signals
from django.db import DatabaseError, connection

from jobs.models import Worker

logger = logging.getLogger(__name__)

EVERY = 2.0  # seconds
HOST = socket.gethostname()


def leave_signs(name: str, role: str, processes: int) -> None:
    """Write signs of life until the process ends; a database that is away is tried again."""
    while True:
        try:
            forget_the_dead()
            Worker.beat(name, role, processes)
        except DatabaseError as error:
            logger.warning("No sign of life could be left: %s", error)
            connection.close()
        time.sleep(EVERY)


def forget_the_dead() -> None:
    """Drop the rows of processes of this machine that are no more: a killed one could not say goodbye."""
    for name in Worker.objects.filter(name__contains=f"@{HOST}:").values_list("name", flat=True):
        if not runs(int(name.rpartition(":")[2])):
            Worker.objects.filter(name=name).delete()


def runs(pid: int) -> bool:
    """Whether a process of this machine has that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def begin(role: str, processes: int = 0) -> None:
    """Start the thread."""
    name = f"{role}@{HOST}:{os.getpid()}"
    threading.Thread(target=leave_signs, args=(name, role, processes), name="signs", daemon=True).start()


@signals.worker_ready.connect
def worker_is_ready(sender: Any, **_: Any) -> None:
    """A worker takes tasks from now on."""
    begin(Worker.WORKER, sender.pool.num_processes)


@signals.beat_init.connect
def beat_is_ready(**_: Any) -> None:
    """Beat sends tasks from now on."""
    begin(Worker.BEAT)
