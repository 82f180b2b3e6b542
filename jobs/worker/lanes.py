"""The work of a lane: claim items and process them one after the other, in turns of about a second."""

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
from jobs.clock import UNREACHABLE_ERRORS, Clock, describe_error, is_unmigrated, is_unreachable
from jobs.errors import ItemFailed, PassingFault, Refused
from jobs.kinds import Phase, UnknownKind
from jobs.models import Job, Lane
from jobs.models.item import to_json
from jobs.stop import Stopped
from jobs.work import Outcome, PendingResult, Work
from jobs.worker.fair_share import FairShare
from jobs.worker.shutdown import is_shutting_down
from jobs.worker.watcher import Watch, timeout_error, watcher

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.4  # seconds that a pending outcome may wait before it is written
MAX_OVERRUN_SECONDS = 1.0  # seconds after the end of its slice when a lane releases its claims
MAX_CLAIM_SIZE = 500  # items in one claim: a larger one would block other writers of the database for too long
RETRY_SECONDS = (1.0, 4.0, 15.0, 60.0)  # seconds, after each passing fault of an item; then it has failed
OUT_OF_MEMORY = "This file needs more memory than there is."
NON_FINITE_NUMBER = "What was found in this file contains a number that cannot be stored (infinite or undefined)."
MAX_RETRY_SECONDS = 300.0  # seconds, even if the failing service asks for more
RECONNECT_SECONDS = 0.3  # seconds between two attempts to reach an unreachable database

# The latest mean seconds per item in this process, by job key: the size of a claim depends on them.
item_seconds: dict[int, float] = {}


class BrokerUnreachable(Exception):
    """The message for the next turn could not be sent."""


type SendNext = Callable[[int, int, float], None]


def run_lane(lane_id: int, turn: int, send_next: SendNext, worker: str = "", credit: float = 0.0) -> None:
    """Take the turn after `turn`, then send the next one; `credit` lengthens the turn, in seconds."""
    try:
        take_turns(lane_id, turn, send_next, worker, credit)
    except (Job.DoesNotExist, Lane.DoesNotExist):
        logger.info("Lane %d has nothing to do: its job was deleted.", lane_id)


def take_turns(lane_id: int, turn: int, send_next: SendNext, worker: str, credit: float) -> None:
    """Take a turn, and more turns in this process while the broker is unreachable."""
    lane = Lane.take(lane_id, turn, worker)
    while lane is not None:
        share = FairShare(lane, credit)
        if not take_turn(lane, share):
            return
        lane.pause()
        try:
            send_next(lane.pk, lane.turn, share.credit)
        except (BrokerUnreachable, OperationalError) as error:
            logger.warning("The broker is unreachable (%s): lane %s goes on without it.", error, lane.pk)
        else:
            return
        lane = Lane.take(lane_id, lane.turn, worker)


def take_turn(lane: Lane, share: FairShare) -> bool:
    """Process items as long as the lane may keep this process; False if the lane needs no further turn."""
    try:
        with watcher.watching(lane) as watch:
            return Turn(lane, watch, share.first_slice(), next_slice=share.next_slice).run()
    except Job.DoesNotExist:  # deleted meanwhile: only this process knows of outputs written after the deletion
        lane.job.kind_object.delete_outputs(str(lane.job.uuid), math.inf)
        raise


class Pending(NamedTuple):
    """The part of an item that a thread still works on, with a deadline by the monotonic clock."""

    end: Future[None]
    until: float

    @classmethod
    def of(cls, end: Future[None]) -> Pending:
        """Work that began now, with a deadline in STOPBATH_MAX_SECONDS."""
        return cls(end, time.monotonic() + settings.STOPBATH_MAX_SECONDS)

    def check(self) -> None:
        """Wait for the end. Raises what the thread has raised, and ItemFailed after the deadline."""
        wait([self.end], max(self.until - time.monotonic(), 0.0))
        if not self.end.done():  # `result(timeout)` would not tell its own TimeoutError from one of the thread
            raise ItemFailed(timeout_error())
        self.end.result()


class Turn:
    """One turn of a lane: claims, outcomes that are not written yet, and the end of its slice."""

    def __init__(
        self,
        lane: Lane,
        watch: Watch,
        seconds: float,
        max_items: int = MAX_CLAIM_SIZE,
        next_slice: Callable[[], float] = float,
    ) -> None:
        self.lane, self.watch, self.max_items, self.next_slice = lane, watch, max_items, next_slice
        self.clock = Clock()
        self.ends_at = time.monotonic() + seconds
        self.flushed_at = time.monotonic()
        self.outcomes: list[Outcome] = []
        self.under_way: dict[int, Pending] = {}  # by item key
        # The watcher writes outcomes, too, while an item takes long. Reentrant: it has the lock before it flushes.
        self.write_lock = threading.RLock()
        self.maybe_written = False  # the answer to a commit was lost: the outcomes may be in the database
        self.watch.write = self.write_waiting
        self.prepared: tuple[int, Phase, Any] | None = None

    def run(self) -> bool:
        """Process items; True at the end of the slice, False if the lane needs no further turn.

        Waits for an unreachable database, and fails a job whose phase raises.
        """
        try:
            return self.run_phases()
        except Job.DoesNotExist:
            raise
        except Error as error:
            if not is_unreachable(error):
                logger.error("Lane %d cannot go on: %s", self.lane.pk, describe_error(error))
                raise
            logger.warning("Lane %d waits until the database is back: %s", self.lane.pk, error)
            self.wait_for_database()
            return False
        except Exception as broken:
            name = self.lane.phase_now.name
            logger.exception("Job %s broke in phase %s", self.lane.job.uuid, name)
            why = str(broken) if isinstance(broken, Refused | UnknownKind) else type(broken).__name__
            self.lane.fail_job(f"The phase {name} could not go on ({why.rstrip('.')}).")
            return False

    def wait_for_database(self) -> None:
        """Write the outcomes and hand the lane over once the database is back; no attempt counts as failed."""
        self.watch.stop.item = None  # no item is processed while this waits, so none may time out
        while True:
            connection.close()
            time.sleep(RECONNECT_SECONDS)
            try:
                self.flush(rest=True)
                self.lane.hand_over()
            except Error as error:
                if is_shutting_down() or not is_unreachable(error):
                    raise
                logger.debug("The database is still away: %s", error)
            else:
                return

    def run_phases(self) -> bool:
        """Claim and process items; True at the end of the slice, False if the lane needs no further turn."""
        while works := self.claim():
            if not self.do_items(works):
                return False
            # Before the flush: if the slice is extended, the next claim writes the outcomes in its own transaction.
            if time.monotonic() >= self.ends_at and not self.extend_slice():
                return self.flush()
        return False

    def extend_slice(self) -> bool:
        """Extend the slice unless other lanes need this process now; True if it was extended."""
        seconds = self.next_slice()
        self.ends_at = time.monotonic() + seconds
        return seconds > 0

    def claim(self) -> list[Work]:
        """Write pending outcomes and claim as many items as the slice has time for, by the latest seconds per item."""
        if self.maybe_written and not self.flush():
            return []
        seconds = max(self.ends_at - time.monotonic(), 0.0)
        number = int(seconds / item_seconds.get(self.lane.job_id, seconds or 1.0)) + 1
        with self.pending_outcomes() as outcomes:
            works = self.lane.exchange(outcomes, min(number, self.max_items))
            if works is None:
                self.drop_outcomes(outcomes)
        if not works:
            self.log_cancel()
        return works or []

    def log_cancel(self) -> None:
        """Log that the job was stopped, if a cancel is why nothing was claimed."""
        job = Job.objects.filter(pk=self.lane.job_id, run=self.lane.run, status=states.CANCELLED).first()
        if job is not None:
            logger.info("Stopped job %s in phase %s", job.uuid, job.current_phase.name)

    def do_items(self, works: list[Work]) -> bool:
        """Process claimed items; False if the lane should claim no more."""
        phase, prepared = self.prepare_phase(works)
        began = time.monotonic()
        for number, work in enumerate(works, 1):
            if not self.watch.may_continue():
                break
            self.watch.stop.begin(work)
            if not self.do(phase, prepared, work):
                break
            self.watch.stop.item = None
            is_last = number == len(works)  # then the next claim writes the outcome
            if not is_last and time.monotonic() - self.flushed_at > FLUSH_SECONDS and not self.flush():
                return False
            # Slower than expected: other lanes may claim the rest.
            if time.monotonic() > self.ends_at + MAX_OVERRUN_SECONDS:
                note_item_seconds(self.lane.job_id, (time.monotonic() - began) / number)
                return self.flush(rest=True)
        else:
            note_item_seconds(self.lane.job_id, (time.monotonic() - began) / len(works))
            return True
        self.release_rest(phase)
        return False

    def prepare_phase(self, works: list[Work]) -> tuple[Phase, Any]:
        """The current phase, and the result of its `prepare`, which is called once a turn."""
        row = self.lane.phase_now
        if self.prepared is None or self.prepared[0] != row.number:
            self.prepared = (row.number, row.kind, row.kind.prepare(self.lane.job))
            self.watch.phase = row.name
        return self.prepared[1:]

    def do(self, phase: Phase, prepared: Any, work: Work) -> bool:
        """Process one item and append its outcome; False, without an outcome, if it was aborted."""
        started_at = self.clock.now()
        try:
            result = self.storable_result(phase.do(work, prepared, self.watch.stop), work)
        except Exception as problem:
            if self.watch.stop.requested and not self.watch.stop.timed_out:  # an abort looks like a damaged file
                return False
            self.outcomes.append(self.failed_outcome(work, started_at, problem, self.watch.stop.timed_out))
            return True
        self.outcomes.append(Outcome(work, states.SUCCEEDED, started_at, self.clock.now(), "", result))
        return True

    def storable_result(self, result: dict[str, Any] | PendingResult | None, work: Work) -> dict[str, Any] | None:
        """The result of an item as JSON values. Raises ItemFailed for NaN and infinities.

        Notes the thread of a PendingResult, for which the outcome has to wait.
        """
        values = result.result if isinstance(result, PendingResult) else result
        try:
            to_json(values)
        except ValueError as error:  # checked here: a later error would keep all pending outcomes from being written
            raise ItemFailed(NON_FINITE_NUMBER) from error
        if isinstance(result, PendingResult):
            self.under_way[work.id] = Pending.of(result.end)
        return values

    def failed_outcome(
        self, work: Work, started_at: datetime | None, problem: Exception, late: bool = False
    ) -> Outcome:
        """The outcome of an item after an exception: failed, or waiting after a transient failure."""
        error = self.error_for(problem, work, late)
        retry_after = 0.0 if late else retry_delay(problem, work.faults)
        status = states.WAITING if retry_after else states.FAILED
        return Outcome(work, status, started_at, self.clock.now(), error, retry_after=retry_after)

    def error_for(self, problem: Exception, work: Work, late: bool) -> str:
        """The error of an item after an exception, which is raised again if the item did not cause it."""
        if late:
            return timeout_error()
        if isinstance(problem, ItemFailed):
            return str(problem)
        if isinstance(problem, MemoryError):
            return OUT_OF_MEMORY
        if isinstance(problem, Stopped) or is_unreachable(problem) or is_unmigrated(problem):
            raise problem
        logger.error("Item %d of job %s failed unexpectedly", work.position, work.job_uuid, exc_info=problem)
        if isinstance(problem, Error):
            return f"What was found in this file could not be saved in the database ({type(problem).__name__})."
        return f"Something went wrong with this file ({type(problem).__name__})."

    def flush(self, rest: bool = False) -> bool:
        """Write pending outcomes, and with `rest` release all other claims; False if the claims were lost."""
        with self.pending_outcomes() as outcomes:
            if not outcomes and not rest:
                return True
            started_ids = self.watch.started_ids if rest else ()
            if self.lane.record(outcomes, started_ids=started_ids, rest=rest, again=self.maybe_written):
                return True
            self.drop_outcomes(outcomes)
        return False

    @property
    def is_flush_due(self) -> bool:
        """Whether outcomes may have waited for FLUSH_SECONDS, and no thread still works on an item of them."""
        # A copy: the turn's thread changes the dict meanwhile.
        threads_done = all(pending.end.done() for pending in list(self.under_way.values()))
        return threads_done and time.monotonic() - self.flushed_at >= FLUSH_SECONDS

    def write_waiting(self) -> bool:
        """Write pending outcomes from the watcher's thread while an item takes long; False if the claims were lost.

        Does nothing while the turn itself writes: the watcher must not wait, it has heartbeats to record.
        """
        if not self.is_flush_due:
            return True
        # Not `locked()` and then a wait: the turn could take the lock in between.
        if not self.write_lock.acquire(blocking=False):
            return True
        try:
            return self.flush()
        finally:
            self.write_lock.release()

    @contextmanager
    def pending_outcomes(self) -> Iterator[list[Outcome]]:
        """The pending outcomes; the `with` block writes them, and they are dropped only after it has succeeded."""
        with self.write_lock:
            outcomes = self.resolve_outcomes()
            try:
                yield outcomes
            except UNREACHABLE_ERRORS:
                self.maybe_written = True
                raise
            del self.outcomes[: len(outcomes)]
            self.maybe_written = False
        self.flushed_at = time.monotonic()

    def resolve_outcomes(self) -> list[Outcome]:
        """The pending outcomes, after waiting for the threads that still work on their items."""
        outcomes = self.outcomes.copy()
        for place, outcome in enumerate(outcomes):
            key = outcome.work.id
            if key not in self.under_way:
                continue
            try:
                self.under_way[key].check()
            except Exception as problem:
                outcomes[place] = self.outcomes[place] = self.failed_outcome(outcome.work, outcome.started_at, problem)
            # Last: if `failed_outcome` raised, the next flush must check the thread again, or it records a success.
            del self.under_way[key]
        return outcomes

    def drop_outcomes(self, outcomes: list[Outcome]) -> None:
        """Discard the outputs of outcomes that were not written because another turn claims their items."""
        logger.warning("Lane %d lost turn %d: %d outcomes are dropped", self.lane.pk, self.lane.turn, len(outcomes))
        recorded_ids = self.lane.recorded_ids(outcomes)
        results = [outcome.result for outcome in outcomes if outcome.result and outcome.work.id not in recorded_ids]
        self.lane.job.kind_object.discard(results)

    def release_rest(self, phase: Phase) -> None:
        """Release unfinished claims, and log why the lane stopped; during a shutdown hand the lane over."""
        has_claims = self.flush(rest=True)
        if is_shutting_down():
            self.lane.hand_over()
            queue.flush(queue.FLUSH_SECONDS)  # the process may end at any moment now
            logger.info("Released job %s in phase %s: this worker ends", self.lane.job.uuid, phase.name)
            return
        self.lane.end()
        suffix = "" if has_claims else " (claims were lost)"
        logger.info("Stopped job %s in phase %s%s", self.lane.job.uuid, phase.name, suffix)


def retry_delay(failure: Exception, faults: int) -> float:
    """Seconds until a failed item is tried again automatically; 0 if it has failed for good."""
    if not isinstance(failure, PassingFault) or faults >= len(RETRY_SECONDS):
        return 0.0
    return max(RETRY_SECONDS[faults], min(failure.after or 0.0, MAX_RETRY_SECONDS))


def note_item_seconds(job_id: int, seconds: float) -> None:
    """Note the seconds per item of a job, for at most about 100 jobs."""
    if len(item_seconds) > 100:
        item_seconds.clear()
    item_seconds[job_id] = max(seconds, 1e-6)
