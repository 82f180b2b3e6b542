"""The watcher: threads of each worker process that look at the clock and at the job's row while an item is in hand."""

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

POLL_SECONDS = 0.15  # seconds between two readings of the row during an item
HEARTBEAT_SECONDS = 0.5  # seconds between two signs of life
GRACE_SECONDS = 3.0  # seconds that an item has to stop by itself
MAX_RELEASE_SECONDS = 5.0  # seconds that a process may take to give back what it has, before it is ended
MAX_READING_AGE_SECONDS = 0.02  # a reading younger than this is good enough between two items


class Watch:
    """What is watched: a turn of a lane, from its first item to its last."""

    def __init__(self, lane: Lane) -> None:
        self.lane, self.stop = lane, Stop()
        self.phase = ""
        self.write: Callable[[], bool] = lambda: True  # writes outcomes that wait; False when the claims were lost
        self.read_at = self.beat_at = time.monotonic()
        self.stop_at: float | None = None  # since when the item in hand should be ending
        self.closing_at: float | None = None  # since when its worker should be
        self.observed_item: Work | None = None  # the item in hand at the latest look, and since when
        self.observed_at = 0.0

    @property
    def current_item(self) -> Work | None:
        """The item that is being done, if there is one."""
        return self.stop.item

    @property
    def started_ids(self) -> list[int]:
        """Whose attempt has begun, and counts when it is given back: not when only this worker has to end."""
        return [self.current_item.id] if self.current_item and not is_shutting_down() else []

    def read(self) -> None:
        """Ask the database whether work should go on."""
        row = Job.objects.filter(pk=self.lane.job_id).values_list("status", "run", "finish_in_hand").first()
        self.read_at = time.monotonic()
        if row and row[0] in states.ACTIVE and row[1] == self.lane.run:
            return
        if row and row[0] == states.CANCELLED and row[1] == self.lane.run and row[2]:
            self.stop.finish_in_hand()
            return
        self.abort()

    def abort(self) -> None:
        """Tell the work in hand to stop, and start the grace."""
        self.stop.request()
        if self.stop_at is None:
            self.stop_at = time.monotonic()

    def may_continue(self) -> bool:
        """Whether another item may be started; asks the database when the last answer is older than 20 ms."""
        if not self.stop.draining and time.monotonic() - self.read_at > MAX_READING_AGE_SECONDS:
            self.read()
        return not self.stop.draining and not is_shutting_down()

    def check_limits(self) -> None:
        """One look at the clock and at the worker's shutdown. Asks nobody, so that it is made whoever is away."""
        arm_stuck_timer()
        self.check_item_time()
        self.check_shutdown()
        if self.stop_at is not None and time.monotonic() - self.stop_at > GRACE_SECONDS:
            self.end_process()

    def ask_database(self) -> None:
        """One look at the job's row; leaves a heartbeat and writes outcomes that wait."""
        self.read()
        if time.monotonic() - self.beat_at > HEARTBEAT_SECONDS:
            self.beat_at = time.monotonic()
            if not self.lane.record_heartbeat():
                self.abort()
        if not self.write():
            self.abort()

    def check_item_time(self) -> None:
        """Abort an item that takes too long, and only that one."""
        if self.current_item is not self.observed_item:
            self.observed_item, self.observed_at = self.current_item, time.monotonic()
            if self.stop_at is not None and (self.stop.timed_out or not self.stop.requested):
                self.stop_at = None  # the late one has ended
        elif (
            self.observed_item
            and not self.stop.requested
            and time.monotonic() - self.observed_at > settings.STOPBATH_MAX_SECONDS
        ):
            self.stop_at = time.monotonic()
            self.stop.time_out(self.observed_item)

    def check_shutdown(self) -> None:
        """Once the worker has been told to end, let the item in hand finish for a moment, then abort it."""
        if not is_shutting_down():
            return
        if self.closing_at is None:
            self.closing_at = time.monotonic()
            self.stop.finish_in_hand()
        elif time.monotonic() - self.closing_at > FINISH_SECONDS:
            self.abort()

    def end_process(self) -> None:
        """What is in hand cannot be interrupted: give it back and end this process, Celery starts another."""
        logger.warning(
            "Ended the worker process %d: job %s, phase %s, did not stop within %.0f s",
            os.getpid(), self.lane.job.uuid, self.phase, GRACE_SECONDS,
        )  # fmt: skip
        # A database or a broker that is away may keep silent instead of refusing: the process ends all the same.
        deadline = threading.Timer(MAX_RELEASE_SECONDS, kill_process)
        deadline.daemon = True
        deadline.start()
        try:
            self.lane.hand_over(self.timeout_outcomes(), self.started_ids)
            queue.flush(queue.FLUSH_SECONDS)
        except Job.DoesNotExist:
            logger.info("Job %s was deleted: nothing is to be given back.", self.lane.job.uuid)
        except Exception:
            logger.exception("Lane %d could not be given back, the rescuer will see to it", self.lane.pk)
        finally:
            deadline.cancel()
            kill_process()

    def timeout_outcomes(self) -> list[Outcome]:
        """The failure of an item that took too long."""
        if not self.stop.timed_out or self.current_item is None:
            return []
        now = database_now()
        began = now - timedelta(seconds=time.monotonic() - self.observed_at)
        return [Outcome(self.current_item, states.FAILED, began, now, timeout_error())]


@signals.worker_init.connect
def require_process_pool(sender: Any, **_: Any) -> None:
    """A process does one item at a time: it has one watcher, and is ended for an item that does not stop."""
    pool = get_implementation(sender.pool_cls)
    if not issubclass(pool, (prefork.TaskPool, solo.TaskPool)):
        # Celery logs whatever else a signal's handler raises, and starts.
        raise SystemExit(f"A worker's pool must be prefork or solo, not {pool.__module__.rpartition('.')[2]}.")


def kill_process() -> None:
    """End this process at once: no handler, and no code that has hung, can keep it."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm_stuck_timer() -> None:
    """End this process in a while, unless somebody disarms it or arms it again: it needs no interpreter's lock."""
    faulthandler.dump_traceback_later(settings.STOPBATH_MAX_STUCK_SECONDS, exit=True, file=sys.__stderr__ or 2)


def timeout_error() -> str:
    """Why a file failed that took too long."""
    return f"This file took longer than {settings.STOPBATH_MAX_SECONDS} s."


class Watcher:
    """Two threads, which sleep unless something is watched.

    The one that looks at the clock must not wait for the other: a database that is away may answer late, or never.
    """

    def __init__(self) -> None:
        self.checking, self.asking = threading.Lock(), threading.Lock()  # each held by its thread during a look
        self.busy = threading.Event()
        self.watch: Watch | None = None
        self.threads: list[threading.Thread] = []

    @contextmanager
    def watching(self, lane: Lane) -> Iterator[Watch]:
        """Watch a turn of a lane while this lasts."""
        self.start()
        watch = Watch(lane)
        with self.checking:
            self.watch = watch
            # now, because the first item may take the interpreter's lock before the thread's first look
            arm_stuck_timer()
        self.busy.set()
        try:
            yield watch
        finally:
            # The database's thread first: should that one wait for an answer, the clock is still looked at meanwhile.
            # Armed and disarmed under one lock, or the shot could come after the work.
            with self.asking, self.checking:
                self.watch = None
                self.busy.clear()
                faulthandler.cancel_dump_traceback_later()

    def start(self) -> None:
        """Start the threads once in each process; a fork leaves them behind."""
        if any(thread.is_alive() for thread in self.threads):
            return
        self.threads = [
            threading.Thread(target=self.loop, args=look, name="watcher", daemon=True)
            for look in ((self.checking, Watch.check_limits), (self.asking, Watch.ask_database))
        ]
        for thread in self.threads:
            thread.start()

    def loop(self, lock: threading.Lock, look: Callable[[Watch], None]) -> None:
        """Look every 150 ms while there is something to watch."""
        while self.busy.wait():
            time.sleep(POLL_SECONDS)
            with lock:
                if self.watch is not None:
                    run_check(look, self.watch)


def run_check(look: Callable[[Watch], None], watch: Watch) -> None:
    """One look; whatever goes wrong with it is no reason to stop watching."""
    try:
        look(watch)
    except Error as error:
        logger.warning("The watcher could not read job %s: %s", watch.lane.job_id, error)
        close_old_connections()
    except Exception:
        logger.exception("The watcher of job %s could not do all of its work", watch.lane.job_id)


watcher = Watcher()
