"""What a worker that is told to end does with the files in hand: finishes them soon, or gives them back.

Neither is a crash, nor an attempt that failed: a deploy says nothing about a file.
"""

from __future__ import annotations

import logging
import mmap
import os
import signal
import threading
import time
from functools import partial
from types import FrameType
from typing import Any

from celery import bootsteps, signals
from celery.platforms import EX_FAILURE
from django.db import Error, connection

from jobs.models import Lane, Worker

logger = logging.getLogger(__name__)

FINISH_SECONDS = 2.0  # seconds that the files in hand may still take
RELEASE_AFTER_SECONDS = 6.0  # seconds after which a child that has given nothing back is not waited for any more
EXIT_AFTER_SECONDS = 8.0  # seconds after which a worker that broke ends, whatever its pool still waits for

# One byte shared by a worker and its children, which are forked later: a signal reaches the worker alone.
shutdown_flag = mmap.mmap(-1, 1)


def is_shutting_down() -> bool:
    """Whether this process's worker has been told to end."""
    return shutdown_flag[0] != 0


@signals.worker_ready.connect
def install_signal_handlers(**_: Any) -> None:
    """Hear of both signals at once: Celery tells of a QUIT only when the soft shutdown is over."""
    for number in (signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, partial(handle_signal, signal.getsignal(number)))


def handle_signal(usual: Any, number: int, frame: FrameType | None) -> None:
    """What a signal does."""
    begin_shutdown()
    usual(number, frame)


def begin_shutdown() -> None:
    """The children see it by themselves within a moment; what they keep all the same is given back for them."""
    if not is_shutting_down():
        shutdown_flag[0] = 1
        # In a thread: a signal's handler is in the middle of whatever the main thread was doing.
        threading.Thread(target=release_after_grace, name="closing", daemon=True).start()


class ForcedExitStep(bootsteps.StartStopStep):
    """A worker that broke ends soon and is started again: Celery's pool might wait for a child for ever."""

    def close(self, worker: Any) -> None:
        if worker.exitcode == EX_FAILURE:
            begin_shutdown()
            last = threading.Timer(EXIT_AFTER_SECONDS, os._exit, [EX_FAILURE])
            last.daemon = True
            last.start()


@signals.celeryd_init.connect
def add_forced_exit_step(instance: Any, **_: Any) -> None:
    """Every worker takes that step."""
    instance.app.steps["worker"].add(ForcedExitStep)


def release_after_grace() -> None:
    """Leave no sign of life, and in time give back what this worker's children still have."""
    try:
        Worker.objects.filter(name=Worker.own_name()).delete()
        time.sleep(RELEASE_AFTER_SECONDS)
        release_claims()
    except Error as error:
        logger.warning("Files in hand could not be given back, the rescuer will see to it: %s", error)
    finally:
        connection.close()


def release_claims() -> None:
    """Take what this worker's lanes have in hand, without blame."""
    mine = Lane.objects.filter(worker=Worker.own_name(), working=True)
    for lane in mine.select_related("job").defer("job__spec"):
        if lane.hand_over():
            logger.warning("Gave back what lane %d of job %s had in hand", lane.pk, lane.job.uuid)
