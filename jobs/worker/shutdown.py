"""Shutdown of a worker: its claimed items are finished soon, or released.

A release is neither a crash nor a failed attempt: a deploy says nothing about a file.
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

FINISH_SECONDS = 2.0  # seconds until current items are aborted
RELEASE_AFTER_SECONDS = 6.0  # seconds until the worker releases the claims of children that have not
EXIT_AFTER_SECONDS = 8.0  # seconds until a broken worker exits, whatever its pool waits for

# One byte of shared memory, mapped before the children are forked: a signal reaches the main process only.
shutdown_flag = mmap.mmap(-1, 1)


def is_shutting_down() -> bool:
    """Whether the worker of this process has been signalled to end."""
    return shutdown_flag[0] != 0


@signals.worker_ready.connect
def install_signal_handlers(**_: Any) -> None:
    """Handle TERM and QUIT ourselves: Celery reports a QUIT only after its soft shutdown."""
    for number in (signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, partial(handle_signal, signal.getsignal(number)))


def handle_signal(usual: Any, number: int, frame: FrameType | None) -> None:
    """Begin the shutdown, then call the previous handler."""
    begin_shutdown()
    usual(number, frame)


def begin_shutdown() -> None:
    """Set the flag, which children poll, and release their remaining claims after `RELEASE_AFTER_SECONDS`."""
    if not is_shutting_down():
        shutdown_flag[0] = 1
        # In a thread: a signal handler interrupts the main thread, which may be inside a transaction.
        threading.Thread(target=release_after_grace, name="closing", daemon=True).start()


class ForcedExitStep(bootsteps.StartStopStep):
    """Force the exit of a broken worker, so that it is restarted: Celery's pool may wait for a child forever."""

    def close(self, worker: Any) -> None:
        if worker.exitcode == EX_FAILURE:
            begin_shutdown()
            last = threading.Timer(EXIT_AFTER_SECONDS, os._exit, [EX_FAILURE])
            last.daemon = True
            last.start()


@signals.celeryd_init.connect
def add_forced_exit_step(instance: Any, **_: Any) -> None:
    instance.app.steps["worker"].add(ForcedExitStep)


def release_after_grace() -> None:
    """Delete the worker's heartbeat, then release the claims that its children still have."""
    try:
        Worker.objects.filter(name=Worker.own_name()).delete()
        time.sleep(RELEASE_AFTER_SECONDS)
        release_claims()
    except Error as error:
        logger.warning("Claims could not be released, the rescuer will reclaim them: %s", error)
    finally:
        connection.close()


def release_claims() -> None:
    """Hand over the lanes of this worker; no attempt counts as a crash."""
    mine = Lane.objects.filter(worker=Worker.own_name(), working=True)
    for lane in mine.select_related("job").defer("job__spec"):
        if lane.hand_over():
            logger.warning("Released the claims of lane %d of job %s", lane.pk, lane.job.uuid)
