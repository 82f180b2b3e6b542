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


def leave_signs(name: str, role: str, processes: int) -> None:
    """Write signs of life until the process ends; a database that is away is tried again."""
    while True:
        try:
            Worker.beat(name, role, processes)
        except DatabaseError as error:
            logger.warning("No sign of life could be left: %s", error)
            connection.close()
        time.sleep(EVERY)


def begin(role: str, processes: int = 0) -> None:
    """Start the thread."""
    name = f"{role}@{socket.gethostname()}:{os.getpid()}"
    threading.Thread(target=leave_signs, args=(name, role, processes), name="signs", daemon=True).start()


@signals.worker_ready.connect
def worker_is_ready(sender: Any, **_: Any) -> None:
    """A worker takes tasks from now on."""
    begin(Worker.WORKER, sender.pool.num_processes)


@signals.beat_init.connect
def beat_is_ready(**_: Any) -> None:
    """Beat sends tasks from now on."""
    begin(Worker.BEAT)
