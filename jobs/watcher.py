"""The watcher: one thread in each worker process that reads the job's row while an item is in hand."""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.conf import settings
from django.db import Error, close_old_connections

from jobs import queue, states
from jobs.clock import database_now
from jobs.closing import FINISH, closing
from jobs.kinds import Work
from jobs.models import Job, Lane, Outcome
from jobs.stop import Stop

logger = logging.getLogger(__name__)

POLL = 0.15  # seconds between two readings of the row during an item
BEAT = 0.5  # seconds between two signs of life
GRACE = 3.0  # seconds that an item has to stop by itself
FRESH = 0.02  # a reading younger than this is good enough between two items


class Watch:
    """What is watched: a turn of a lane, from its first item to its last."""

    def __init__(self, lane: Lane) -> None:
        self.lane, self.stop = lane, Stop()
        self.phase = ""
        self.write: Callable[[], bool] = lambda: True  # writes outcomes that wait; False when the claims were lost
        self.read_at = self.beat_at = time.monotonic()
        self.stop_at: float | None = None  # since when the item in hand should be ending
        self.closing_at: float | None = None  # since when its worker should be
        self.seen: Work | None = None  # the item in hand at the latest look, and since when
        self.since = 0.0

    @property
    def in_hand(self) -> Work | None:
        """The item that is being done, if there is one."""
        return self.stop.item

    @property
    def begun(self) -> list[int]:
        """Whose attempt has begun, and counts when it is given back: not when only this worker has to end."""
        return [self.in_hand.id] if self.in_hand and not closing() else []

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
        if self.stop_at is None:
            self.stop_at = time.monotonic()
        self.stop.request()

    def may_go_on(self) -> bool:
        """Whether another item may be started; asks the database when the last answer is older than 20 ms."""
        if not self.stop.no_more and time.monotonic() - self.read_at > FRESH:
            self.read()
        return not self.stop.no_more and not closing()

    def tick(self) -> None:
        """One look during an item, from the watcher's thread."""
        arm()
        self.read()
        if time.monotonic() - self.beat_at > BEAT:
            self.beat_at = time.monotonic()
            if not self.lane.beat():
                self.abort()
        if not self.write():
            self.abort()
        self.look_at_the_time()
        self.look_for_the_end()
        if self.stop_at is not None and time.monotonic() - self.stop_at > GRACE:
            self.end_process()

    def look_at_the_time(self) -> None:
        """Abort an item that takes too long, and only that one."""
        if self.in_hand is not self.seen:
            self.seen, self.since = self.in_hand, time.monotonic()
            if self.stop_at is not None and not self.stop.requested:
                self.stop_at = None  # the late one has ended
        elif self.seen and not self.stop.requested and time.monotonic() - self.since > settings.STOPBATH_MAX_SECONDS:
            self.stop_at = time.monotonic()
            self.stop.time_out(self.seen)

    def look_for_the_end(self) -> None:
        """Once the worker has been told to end, let the item in hand finish for a moment, then abort it."""
        if not closing():
            return
        if self.closing_at is None:
            self.closing_at = time.monotonic()
            self.stop.finish_in_hand()
        elif time.monotonic() - self.closing_at > FINISH:
            self.abort()

    def end_process(self) -> None:
        """What is in hand cannot be interrupted: give it back and end this process, Celery starts another."""
        logger.warning(
            "Ended the worker process %d: job %s, phase %s, did not stop within %.0f s",
            os.getpid(), self.lane.job.uuid, self.phase, GRACE,
        )  # fmt: skip
        with suppress(Job.DoesNotExist):  # deleted meanwhile: nothing is to be given back
            self.lane.hand_on(self.late_outcomes(), self.begun)
        queue.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    def late_outcomes(self) -> list[Outcome]:
        """The failure of an item that took too long."""
        if not self.stop.late or self.in_hand is None:
            return []
        now = database_now()
        began = now - timedelta(seconds=time.monotonic() - self.since)
        return [Outcome(self.in_hand, states.FAILED, began, now, words_for_late())]


def arm() -> None:
    """End this process in a while, unless somebody disarms it or arms it again: it needs no interpreter's lock."""
    faulthandler.dump_traceback_later(settings.STOPBATH_MAX_STUCK_SECONDS, exit=True, file=sys.__stderr__ or 2)


def words_for_late() -> str:
    """Why a file failed that took too long."""
    return f"This file took longer than {settings.STOPBATH_MAX_SECONDS} s."


class Watcher:
    """The thread. It sleeps unless something is watched."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.busy = threading.Event()
        self.watch: Watch | None = None
        self.thread: threading.Thread | None = None

    @contextmanager
    def watching(self, lane: Lane) -> Iterator[Watch]:
        """Watch a turn of a lane while this lasts."""
        self.start()
        watch = Watch(lane)
        with self.lock:
            self.watch = watch
            arm()  # now, because the first item may take the interpreter's lock before the thread's first look
        self.busy.set()
        try:
            yield watch
        finally:
            with self.lock:  # armed and disarmed under one lock, or the shot could come after the work
                self.watch = None
                self.busy.clear()
                faulthandler.cancel_dump_traceback_later()

    def start(self) -> None:
        """Start the thread once in each process; a fork leaves it behind."""
        if self.thread is None or not self.thread.is_alive():
            self.thread = threading.Thread(target=self.loop, name="watcher", daemon=True)
            self.thread.start()

    def loop(self) -> None:
        """Look every 150 ms while there is something to watch."""
        while self.busy.wait():
            time.sleep(POLL)
            with self.lock:
                if self.watch is not None:
                    self.look(self.watch)

    def look(self, watch: Watch) -> None:
        """One tick; whatever goes wrong with it is no reason to stop watching."""
        try:
            watch.tick()
        except Error as error:
            logger.warning("The watcher could not read job %s: %s", watch.lane.job_id, error)
            close_old_connections()
        except Exception:
            logger.exception("The watcher of job %s could not do all of its work", watch.lane.job_id)


watcher = Watcher()
