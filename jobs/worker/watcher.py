"""The watcher: threads of each worker process that check the clock and the job's row while an item is processed."""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from celery import signals
from celery.concurrency import get_implementation, prefork, solo
from django.conf import settings
from django.db import Error, close_old_connections

from jobs import queue, states
from jobs.clock import database_now
from jobs.models import Job, Lane
from jobs.stop import Stop
from jobs.work import Outcome, Work
from jobs.worker.shutdown import FINISH_SECONDS, is_shutting_down

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.15  # between two reads of the job's row
HEARTBEAT_SECONDS = 0.5  # between two heartbeats of the lane
GRACE_SECONDS = 3.0  # that an aborted item has to stop by itself
MAX_RELEASE_SECONDS = 5.0  # that a process may take to release its claims before it is killed
MAX_READING_AGE_SECONDS = 0.02  # a younger read of the row is fresh enough between two items


class Watch:
    """The state of a watched turn of a lane, from its first item to its last."""

    def __init__(self, lane: Lane) -> None:
        self.lane, self.stop = lane, Stop()
        self.phase = ""
        self.write: Callable[[], bool] = lambda: True  # writes outcomes that wait; False when the claims were lost
        self.read_at = self.beat_at = time.monotonic()
        self.stop_at: float | None = None  # when the current item was aborted
        self.closing_at: float | None = None  # when the shutdown of the worker was seen
        self.observed_item: Work | None = None  # the current item at the latest check, and since when
        self.observed_at = 0.0

    @property
    def current_item(self) -> Work | None:
        """The item that is being processed, if any."""
        return self.stop.item

    @property
    def started_ids(self) -> list[int]:
        """Ids of items whose attempt counts when it is released: none when only the worker shuts down."""
        return [self.current_item.id] if self.current_item and not is_shutting_down() else []

    def read(self) -> None:
        """Read the job's row, and drain or abort if the run is over."""
        row = Job.objects.filter(pk=self.lane.job_id).values_list("status", "run", "finish_in_hand").first()
        self.read_at = time.monotonic()
        if row and row[0] in states.ACTIVE and row[1] == self.lane.run:
            return
        if row and row[0] == states.CANCELLED and row[1] == self.lane.run and row[2]:
            self.stop.finish_in_hand()
            return
        self.abort()

    def abort(self) -> None:
        """Abort the current item, and start the grace period."""
        self.stop.request()
        if self.stop_at is None:
            self.stop_at = time.monotonic()

    def may_continue(self) -> bool:
        """Whether another item may be started; reads the row again after `MAX_READING_AGE_SECONDS`."""
        if not self.stop.draining and time.monotonic() - self.read_at > MAX_READING_AGE_SECONDS:
            self.read()
        return not self.stop.draining and not is_shutting_down()

    def check_limits(self) -> None:
        """Check the clock and the shutdown. Without I/O, so that it works while database and broker are unreachable."""
        arm_stuck_timer()
        self.check_item_time()
        self.check_shutdown()
        if self.stop_at is not None and time.monotonic() - self.stop_at > GRACE_SECONDS:
            self.end_process()

    def ask_database(self) -> None:
        """Read the job's row, record a heartbeat, and write pending outcomes."""
        self.read()
        if time.monotonic() - self.beat_at > HEARTBEAT_SECONDS:
            self.beat_at = time.monotonic()
            if not self.lane.record_heartbeat():
                self.abort()
        if not self.write():
            self.abort()

    def check_item_time(self) -> None:
        """Abort the current item once it has taken longer than STOPBATH_MAX_SECONDS, and no other."""
        if self.current_item is not self.observed_item:
            self.observed_item, self.observed_at = self.current_item, time.monotonic()
            if self.stop_at is not None and (self.stop.timed_out or not self.stop.requested):
                self.stop_at = None  # the item that timed out has ended
        elif (
            self.observed_item
            and not self.stop.requested
            and time.monotonic() - self.observed_at > settings.STOPBATH_MAX_SECONDS
        ):
            self.stop_at = time.monotonic()
            self.stop.time_out(self.observed_item)

    def check_shutdown(self) -> None:
        """During a shutdown, abort the current item after `FINISH_SECONDS`."""
        if not is_shutting_down():
            return
        if self.closing_at is None:
            self.closing_at = time.monotonic()
            self.stop.finish_in_hand()
        elif time.monotonic() - self.closing_at > FINISH_SECONDS:
            self.abort()

    def end_process(self) -> None:
        """The current item does not stop: hand the lane over and kill this process; Celery starts another."""
        logger.warning(
            "Ended the worker process %d: job %s, phase %s, did not stop within %.0f s",
            os.getpid(), self.lane.job.uuid, self.phase, GRACE_SECONDS,
        )  # fmt: skip
        # An unreachable database or broker may never answer instead of refusing: the process ends all the same.
        deadline = threading.Timer(MAX_RELEASE_SECONDS, kill_process)
        deadline.daemon = True
        deadline.start()
        try:
            self.lane.hand_over(self.timeout_outcomes(), self.started_ids)
            queue.flush(queue.FLUSH_SECONDS)
        except Job.DoesNotExist:
            logger.info("Job %s was deleted: there are no claims to release.", self.lane.job.uuid)
        except Exception:
            logger.exception("Lane %d could not be handed over, the rescuer will reclaim its items", self.lane.pk)
        finally:
            deadline.cancel()
            kill_process()

    def timeout_outcomes(self) -> list[Outcome]:
        """The failed outcome of the current item if it has timed out."""
        if not self.stop.timed_out or self.current_item is None:
            return []
        now = database_now()
        began = now - timedelta(seconds=time.monotonic() - self.observed_at)
        return [Outcome(self.current_item, states.FAILED, began, now, timeout_error())]


@signals.worker_init.connect
def require_process_pool(sender: Any, **_: Any) -> None:
    """Allow only prefork and solo pools: a process has one watcher, and is killed for an item that does not stop."""
    pool = get_implementation(sender.pool_cls)
    if not issubclass(pool, (prefork.TaskPool, solo.TaskPool)):
        # Celery logs whatever else a signal's handler raises, and starts.
        raise SystemExit(f"A worker's pool must be prefork or solo, not {pool.__module__.rpartition('.')[2]}.")


def kill_process() -> None:
    """Kill this process: unlike an exit, SIGKILL waits for no handler and no hung code."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm_stuck_timer() -> None:
    """Exit after STOPBATH_MAX_STUCK_SECONDS unless armed again or disarmed.

    faulthandler's timer needs no GIL: it also ends a process whose native code holds the GIL forever.
    """
    faulthandler.dump_traceback_later(settings.STOPBATH_MAX_STUCK_SECONDS, exit=True, file=sys.__stderr__ or 2)


def timeout_error() -> str:
    """The error of an item that timed out."""
    return f"This file took longer than {settings.STOPBATH_MAX_SECONDS} s."


class Watcher:
    """Two threads, which sleep unless a turn is watched.

    The thread that checks the clock must not wait for the other: an unreachable database may answer late, or never.
    """

    def __init__(self) -> None:
        self.checking, self.asking = threading.Lock(), threading.Lock()  # each held by its thread during a check
        self.busy = threading.Event()
        self.watch: Watch | None = None
        self.threads: list[threading.Thread] = []

    @contextmanager
    def watching(self, lane: Lane) -> Iterator[Watch]:
        """Watch a turn of a lane inside the `with` block."""
        self.start()
        watch = Watch(lane)
        with self.checking:
            self.watch = watch
            # Now: the first item may take the GIL before the thread's first check.
            arm_stuck_timer()
        self.busy.set()
        try:
            yield watch
        finally:
            # `asking` first: while its thread waits for the database, the clock is still checked.
            # Armed and disarmed under one lock, or the timer could be armed again after the turn.
            with self.asking, self.checking:
                self.watch = None
                self.busy.clear()
                faulthandler.cancel_dump_traceback_later()

    def start(self) -> None:
        """Start the threads, once in each process: a fork does not copy them."""
        if any(thread.is_alive() for thread in self.threads):
            return
        self.threads = [
            threading.Thread(target=self.loop, args=look, name="watcher", daemon=True)
            for look in ((self.checking, Watch.check_limits), (self.asking, Watch.ask_database))
        ]
        for thread in self.threads:
            thread.start()

    def loop(self, lock: threading.Lock, look: Callable[[Watch], None]) -> None:
        """Run a check every `POLL_SECONDS` while a turn is watched."""
        while self.busy.wait():
            time.sleep(POLL_SECONDS)
            with lock:
                if self.watch is not None:
                    run_check(look, self.watch)


def run_check(look: Callable[[Watch], None], watch: Watch) -> None:
    """Run a check and log its errors: none of them may end the watcher."""
    try:
        look(watch)
    except Error as error:
        logger.warning("The watcher could not read job %s: %s", watch.lane.job_id, error)
        close_old_connections()
    except Exception:
        logger.exception("The watcher of job %s could not do all of its work", watch.lane.job_id)


watcher = Watcher()
