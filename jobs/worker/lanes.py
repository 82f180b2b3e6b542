"""How a worker takes items and does them, one after the other, in turns of about a second."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import Error, connection
from kombu.exceptions import OperationalError

from jobs import queue, states
from jobs.clock import AWAY, Clock, away, in_words, unready
from jobs.errors import ItemFailed, PassingFault, Refused
from jobs.kinds import Phase, UnknownKind
from jobs.models import Job, Lane
from jobs.models.item import json_of
from jobs.stop import Stopped
from jobs.work import Outcome, UnderWay, Work
from jobs.worker.fair_share import Share
from jobs.worker.shutdown import closing
from jobs.worker.watcher import Watch, watcher, words_for_late

logger = logging.getLogger(__name__)

FLUSH = 0.4  # seconds that an outcome may wait before it is written
LATE = 1.0  # seconds after the end of its slice when a lane gives back what it has claimed
MOST = 500  # items in one claim: more would keep the database's writer for too long
TRIED_AGAIN_AFTER = (1.0, 4.0, 15.0, 60.0)  # seconds, after each passing fault of an item; then it has failed
TOO_MUCH_MEMORY = "This file needs more memory than there is."
NO_NUMBER = "What was found in this file contains a number that cannot be stored (infinite or undefined)."
LONGEST_WAIT = 300.0  # seconds, whatever the other side asks for
AGAIN_AFTER = 0.3  # seconds between two tries to reach a database that is away

# Seconds that an item of a job took lately in this process: how many make a second's work.
pace: dict[int, float] = {}


class BrokerAway(Exception):
    """The message for the next turn could not be sent."""


type SendNext = Callable[[int, int, float], None]


def work(lane_id: int, turn: int, send_next: SendNext, worker: str = "", owed: float = 0.0) -> None:
    """Take a turn of a lane, then have the next one sent."""
    try:
        take_turns(lane_id, turn, send_next, worker, owed)
    except (Job.DoesNotExist, Lane.DoesNotExist):
        logger.info("Lane %d has nothing to do: its job was deleted.", lane_id)


def take_turns(lane_id: int, turn: int, send_next: SendNext, worker: str, owed: float) -> None:
    """Take a turn; while the broker is away the lane goes on by itself."""
    lane = Lane.take(lane_id, turn, worker)
    while lane is not None:
        share = Share(lane, owed)
        if not take_turn(lane, share):
            return
        lane.pause()
        try:
            send_next(lane.pk, lane.turn, share.owed)
        except (BrokerAway, OperationalError) as error:
            logger.warning("The broker is away (%s): lane %s goes on without it.", error, lane.pk)
        else:
            return
        lane = Lane.take(lane_id, lane.turn, worker)


def take_turn(lane: Lane, share: Share) -> bool:
    """Do items as long as the lane may keep this process; False when nothing is left for it."""
    try:
        with watcher.watching(lane) as watch:
            return Turn(lane, watch, share.first(), more=share.more).run()
    except Job.DoesNotExist:  # deleted meanwhile: nobody else knows of what was made here since
        lane.job.kind_object.forget(str(lane.job.uuid), math.inf)
        raise


class Pending(NamedTuple):
    """What an item left to a thread, and until when that may take by the steady clock."""

    end: Future[None]
    until: float

    @classmethod
    def of(cls, end: Future[None]) -> Pending:
        """Something left just now, which has as long as a file may take."""
        return cls(end, time.monotonic() + settings.STOPBATH_MAX_SECONDS)

    def check(self) -> None:
        """Wait for the end. Raises what the thread has raised, and ItemFailed when the time is over."""
        wait([self.end], max(self.until - time.monotonic(), 0.0))
        if not self.end.done():  # asked, because a TimeoutError of `result` may as well be the thread's
            raise ItemFailed(words_for_late())
        self.end.result()


class Turn:
    """One turn of a lane."""

    def __init__(
        self, lane: Lane, watch: Watch, seconds: float, most: int = MOST, more: Callable[[], float] = float
    ) -> None:
        self.lane, self.watch, self.most, self.more = lane, watch, most, more
        self.clock = Clock()
        self.ends_at = time.monotonic() + seconds
        self.flushed_at = time.monotonic()
        self.outcomes: list[Outcome] = []
        self.under_way: dict[int, Pending] = {}  # what items left to a thread, by their keys
        # The watcher writes outcomes, too, while an item takes long. Reentrant: it has the lock before it flushes.
        self.writing = threading.RLock()
        self.unsure = False  # whether an answer was lost: what was to be written may have been
        self.watch.write = self.write_waiting
        self.prepared: tuple[int, Phase, Any] | None = None

    def run(self) -> bool:
        """Claim and do until the time is up or nothing is left; a phase that breaks ends the job."""
        try:
            return self.run_phases()
        except Job.DoesNotExist:
            raise
        except Error as error:
            if not away(error):
                logger.error("Lane %d cannot go on: %s", self.lane.pk, in_words(error))
                raise
            logger.warning("Lane %d waits until the database is back: %s", self.lane.pk, error)
            self.give_up_patiently()
            return False
        except Exception as broken:
            name = self.lane.phase_now.name
            logger.exception("Job %s broke in phase %s", self.lane.job.uuid, name)
            why = str(broken) if isinstance(broken, Refused | UnknownKind) else type(broken).__name__
            self.lane.fail_job(f"The phase {name} could not go on ({why.rstrip('.')}).")
            return False

    def give_up_patiently(self) -> None:
        """Write what was done as soon as the database is back, and hand the lane on: no file is to blame."""
        self.watch.stop.item = None  # nothing is in hand while it waits, so nothing may take too long
        while True:
            connection.close()
            time.sleep(AGAIN_AFTER)
            try:
                self.flush(rest=True)
                self.lane.hand_on()
            except Error as error:
                if closing() or not away(error):
                    raise
                logger.debug("The database is still away: %s", error)
            else:
                return

    def run_phases(self) -> bool:
        """Claim and do, whatever phase the job is in."""
        while works := self.claim():
            if not self.do_all(works):
                return False
            # Before anything is written: going straight on, the next claim writes what was done, too.
            if time.monotonic() >= self.ends_at and not self.another_slice():
                return self.flush()
        return False

    def another_slice(self) -> bool:
        """Go straight on, if others do not need this process now."""
        seconds = self.more()
        self.ends_at = time.monotonic() + seconds
        return seconds > 0

    def claim(self) -> list[Work]:
        """Write what was done, and take as many items as the rest of the slice can do, by what they took lately."""
        if self.unsure and not self.flush():
            return []
        left = max(self.ends_at - time.monotonic(), 0.0)
        wanted = int(left / pace.get(self.lane.job_id, left or 1.0)) + 1
        with self.written() as outcomes:
            works = self.lane.exchange(outcomes, min(wanted, self.most))
            if works is None:
                self.lost(outcomes)
        if not works:
            self.tell_of_cancel()
        return works or []

    def tell_of_cancel(self) -> None:
        """Say in the log when it is a cancel that left nothing to do."""
        job = Job.objects.filter(pk=self.lane.job_id, run=self.lane.run, status=states.CANCELLED).first()
        if job is not None:
            logger.info("Stopped job %s in phase %s", job.uuid, job.current_phase.name)

    def do_all(self, works: list[Work]) -> bool:
        """Do what was claimed; False when the lane should take no more."""
        phase, prepared = self.phase_of(works)
        began = time.monotonic()
        for done, work in enumerate(works):
            if not self.watch.may_go_on():
                break
            self.watch.stop.begin(work)
            if not self.do(phase, prepared, work):
                break
            self.watch.stop.item = None
            last = done + 1 == len(works)  # then the next claim writes it
            if not last and time.monotonic() - self.flushed_at > FLUSH and not self.flush():
                return False
            if time.monotonic() > self.ends_at + LATE:  # slower than expected: the others may have the rest
                remember(self.lane.job_id, (time.monotonic() - began) / (done + 1))
                return self.flush(rest=True)
        else:
            remember(self.lane.job_id, (time.monotonic() - began) / len(works))
            return True
        self.stopped(phase)
        return False

    def phase_of(self, works: list[Work]) -> tuple[Phase, Any]:
        """The current phase and what it prepared for all its items."""
        row = self.lane.phase_now
        if self.prepared is None or self.prepared[0] != row.number:
            self.prepared = (row.number, row.kind, row.kind.prepare(self.lane.job))
            self.watch.phase = row.name
        return self.prepared[1:]

    def do(self, phase: Phase, prepared: Any, work: Work) -> bool:
        """Do one item and note what became of it; False when it was stopped."""
        started_at = self.clock.now()
        try:
            result = self.result_of(phase.do(work, prepared, self.watch.stop), work)
        except Exception as problem:
            if self.watch.stop.requested and not self.watch.stop.late:  # an abort looks like a damaged file
                return False
            self.outcomes.append(self.failed(work, started_at, problem, self.watch.stop.late))
            return True
        self.outcomes.append(Outcome(work, states.SUCCEEDED, started_at, self.clock.now(), "", result))
        return True

    def result_of(self, made: dict[str, Any] | UnderWay | None, work: Work) -> dict[str, Any] | None:
        """What is to be written of an item. Raises ItemFailed where no database would take it."""
        result = made.result if isinstance(made, UnderWay) else made
        try:
            json_of(result)
        except ValueError as error:  # here, because among the outcomes it would keep all of them from being written
            raise ItemFailed(NO_NUMBER) from error
        if isinstance(made, UnderWay):
            self.under_way[work.id] = Pending.of(made.end)
        return result

    def failed(self, work: Work, started_at: datetime | None, problem: Exception, late: bool = False) -> Outcome:
        """What became of an item at which something went wrong."""
        error = self.words_for(problem, work, late)
        again_in = 0.0 if late else delay(problem, work.faults)
        status = states.WAITING if again_in else states.FAILED
        return Outcome(work, status, started_at, self.clock.now(), error, again_in=again_in)

    def words_for(self, problem: Exception, work: Work, late: bool) -> str:
        """Why an item failed. Raises the problem again when it says nothing about the item."""
        if late:
            return words_for_late()
        if isinstance(problem, ItemFailed):
            return str(problem)
        if isinstance(problem, MemoryError):
            return TOO_MUCH_MEMORY
        if isinstance(problem, Stopped) or away(problem) or unready(problem):
            raise problem
        logger.error("Item %d of job %s failed unexpectedly", work.position, work.job_uuid, exc_info=problem)
        if isinstance(problem, Error):
            return f"What was found in this file could not be saved in the database ({type(problem).__name__})."
        return f"Something went wrong with this file ({type(problem).__name__})."

    def flush(self, rest: bool = False) -> bool:
        """Write the outcomes; False when the claims were lost, and then nothing of them counts."""
        with self.written() as outcomes:
            if not outcomes and not rest:
                return True
            begun = self.watch.begun if rest else ()
            if self.lane.record(outcomes, begun=begun, rest=rest, again=self.unsure):
                return True
            self.lost(outcomes)
        return False

    def write_waiting(self) -> bool:
        """Called by the watcher: what was done need not wait for the end of an item, nor for the broker's answer.

        While the turn itself writes, perhaps behind a lock, the watcher has signs of life to leave.
        """
        if time.monotonic() - self.flushed_at < FLUSH or not all(
            pending.end.done() for pending in list(self.under_way.values())
        ):
            return True
        # Taken without waiting, not asked about first: the turn could take it between the answer and the wait.
        if not self.writing.acquire(blocking=False):
            return True
        try:
            return self.flush()
        finally:
            self.writing.release()

    @contextmanager
    def written(self) -> Iterator[list[Outcome]]:
        """The outcomes that wait to be written; they are forgotten only when that has succeeded."""
        with self.writing:
            outcomes = self.settled()
            try:
                yield outcomes
            except AWAY:
                self.unsure = True
                raise
            del self.outcomes[: len(outcomes)]
            self.unsure = False
        self.flushed_at = time.monotonic()

    def settled(self) -> list[Outcome]:
        """The outcomes, as soon as nothing is under way any more that they depend on."""
        outcomes = self.outcomes.copy()
        for place, outcome in enumerate(outcomes):
            key = outcome.work.id
            if key not in self.under_way:
                continue
            try:
                self.under_way[key].check()
            except Exception as problem:
                outcomes[place] = self.outcomes[place] = self.failed(outcome.work, outcome.started_at, problem)
            # Last: where that raised, too, the next flush has to find it again, or it would record a success.
            del self.under_way[key]
        return outcomes

    def lost(self, outcomes: list[Outcome]) -> None:
        """Another turn has the items: what was made here is dropped."""
        logger.warning("Lane %d lost turn %d: %d outcomes are dropped", self.lane.pk, self.lane.turn, len(outcomes))
        kept = self.lane.recorded(outcomes)
        results = [outcome.result for outcome in outcomes if outcome.result and outcome.work.id not in kept]
        self.lane.job.kind_object.discard(results)

    def stopped(self, phase: Phase) -> None:
        """Give back what was not done, and say once in the log why this worker stopped."""
        kept = self.flush(rest=True)
        if closing():
            self.lane.hand_on()
            queue.flush(queue.FLUSH_SECONDS)  # the process may end at any moment now
            logger.info("Gave back job %s in phase %s: this worker ends", self.lane.job.uuid, phase.name)
            return
        self.lane.end()
        logger.info(
            "Stopped job %s in phase %s%s", self.lane.job.uuid, phase.name, "" if kept else " (claims were lost)"
        )


def delay(failure: Exception, faults: int) -> float:
    """Seconds until an item that failed is tried again by itself; 0 when it has failed for good."""
    if not isinstance(failure, PassingFault) or faults >= len(TRIED_AGAIN_AFTER):
        return 0.0
    return max(TRIED_AGAIN_AFTER[faults], min(failure.after or 0.0, LONGEST_WAIT))


def remember(job_id: int, seconds: float) -> None:
    """Note how long an item took; only for a few jobs, so that this never grows."""
    if len(pace) > 100:
        pace.clear()
    pace[job_id] = max(seconds, 1e-6)
