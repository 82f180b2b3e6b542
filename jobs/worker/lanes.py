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

FLUSH_SECONDS = 0.4  # seconds that an outcome may wait before it is written
MAX_OVERRUN_SECONDS = 1.0  # seconds after the end of its slice when a lane releases its claims
MAX_CLAIM_SIZE = 500  # items in one claim: more would keep the database's writer for too long
RETRY_SECONDS = (1.0, 4.0, 15.0, 60.0)  # seconds, after each passing fault of an item; then it has failed
OUT_OF_MEMORY = "This file needs more memory than there is."
NON_FINITE_NUMBER = "What was found in this file contains a number that cannot be stored (infinite or undefined)."
MAX_RETRY_SECONDS = 300.0  # seconds, whatever the other side asks for
RECONNECT_SECONDS = 0.3  # seconds between two tries to reach a database that is away

# Seconds that an item of a job took lately in this process: how many make a second's work.
item_seconds: dict[int, float] = {}


class BrokerUnreachable(Exception):
    """The message for the next turn could not be sent."""


type SendNext = Callable[[int, int, float], None]


def run_lane(lane_id: int, turn: int, send_next: SendNext, worker: str = "", credit: float = 0.0) -> None:
    """Take a turn of a lane, then have the next one sent."""
    try:
        take_turns(lane_id, turn, send_next, worker, credit)
    except (Job.DoesNotExist, Lane.DoesNotExist):
        logger.info("Lane %d has nothing to do: its job was deleted.", lane_id)


def take_turns(lane_id: int, turn: int, send_next: SendNext, worker: str, credit: float) -> None:
    """Take a turn; while the broker is away the lane goes on by itself."""
    lane = Lane.take(lane_id, turn, worker)
    while lane is not None:
        share = FairShare(lane, credit)
        if not take_turn(lane, share):
            return
        lane.pause()
        try:
            send_next(lane.pk, lane.turn, share.credit)
        except (BrokerUnreachable, OperationalError) as error:
            logger.warning("The broker is away (%s): lane %s goes on without it.", error, lane.pk)
        else:
            return
        lane = Lane.take(lane_id, lane.turn, worker)


def take_turn(lane: Lane, share: FairShare) -> bool:
    """Do items as long as the lane may keep this process; False when nothing is left for it."""
    try:
        with watcher.watching(lane) as watch:
            return Turn(lane, watch, share.first_slice(), next_slice=share.next_slice).run()
    except Job.DoesNotExist:  # deleted meanwhile: nobody else knows of what was made here since
        lane.job.kind_object.delete_outputs(str(lane.job.uuid), math.inf)
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
            raise ItemFailed(timeout_error())
        self.end.result()


class Turn:
    """One turn of a lane."""

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
        self.under_way: dict[int, Pending] = {}  # what items left to a thread, by their keys
        # The watcher writes outcomes, too, while an item takes long. Reentrant: it has the lock before it flushes.
        self.write_lock = threading.RLock()
        self.maybe_written = False  # whether an answer was lost: what was to be written may have been
        self.watch.write = self.write_waiting
        self.prepared: tuple[int, Phase, Any] | None = None

    def run(self) -> bool:
        """Claim and do until the time is up or nothing is left; a phase that breaks ends the job."""
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
        """Write what was done as soon as the database is back, and hand the lane on: no file is to blame."""
        self.watch.stop.item = None  # nothing is in hand while it waits, so nothing may take too long
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
        """Claim and do, whatever phase the job is in."""
        while works := self.claim():
            if not self.do_items(works):
                return False
            # Before anything is written: going straight on, the next claim writes what was done, too.
            if time.monotonic() >= self.ends_at and not self.extend_slice():
                return self.flush()
        return False

    def extend_slice(self) -> bool:
        """Go straight on, if others do not need this process now."""
        seconds = self.next_slice()
        self.ends_at = time.monotonic() + seconds
        return seconds > 0

    def claim(self) -> list[Work]:
        """Write what was done, and take as many items as the rest of the slice can do, by what they took lately."""
        if self.maybe_written and not self.flush():
            return []
        left = max(self.ends_at - time.monotonic(), 0.0)
        wanted = int(left / item_seconds.get(self.lane.job_id, left or 1.0)) + 1
        with self.pending_outcomes() as outcomes:
            works = self.lane.exchange(outcomes, min(wanted, self.max_items))
            if works is None:
                self.drop_outcomes(outcomes)
        if not works:
            self.log_cancel()
        return works or []

    def log_cancel(self) -> None:
        """Say in the log when it is a cancel that left nothing to do."""
        job = Job.objects.filter(pk=self.lane.job_id, run=self.lane.run, status=states.CANCELLED).first()
        if job is not None:
            logger.info("Stopped job %s in phase %s", job.uuid, job.current_phase.name)

    def do_items(self, works: list[Work]) -> bool:
        """Do what was claimed; False when the lane should take no more."""
        phase, prepared = self.prepare_phase(works)
        began = time.monotonic()
        for done, work in enumerate(works):
            if not self.watch.may_continue():
                break
            self.watch.stop.begin(work)
            if not self.do(phase, prepared, work):
                break
            self.watch.stop.item = None
            last = done + 1 == len(works)  # then the next claim writes it
            if not last and time.monotonic() - self.flushed_at > FLUSH_SECONDS and not self.flush():
                return False
            if (
                time.monotonic() > self.ends_at + MAX_OVERRUN_SECONDS
            ):  # slower than expected: the others may have the rest
                note_item_seconds(self.lane.job_id, (time.monotonic() - began) / (done + 1))
                return self.flush(rest=True)
        else:
            note_item_seconds(self.lane.job_id, (time.monotonic() - began) / len(works))
            return True
        self.release_rest(phase)
        return False

    def prepare_phase(self, works: list[Work]) -> tuple[Phase, Any]:
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
            result = self.storable_result(phase.do(work, prepared, self.watch.stop), work)
        except Exception as problem:
            if self.watch.stop.requested and not self.watch.stop.timed_out:  # an abort looks like a damaged file
                return False
            self.outcomes.append(self.failed_outcome(work, started_at, problem, self.watch.stop.timed_out))
            return True
        self.outcomes.append(Outcome(work, states.SUCCEEDED, started_at, self.clock.now(), "", result))
        return True

    def storable_result(self, made: dict[str, Any] | PendingResult | None, work: Work) -> dict[str, Any] | None:
        """What is to be written of an item. Raises ItemFailed where no database would take it."""
        result = made.result if isinstance(made, PendingResult) else made
        try:
            to_json(result)
        except ValueError as error:  # here, because among the outcomes it would keep all of them from being written
            raise ItemFailed(NON_FINITE_NUMBER) from error
        if isinstance(made, PendingResult):
            self.under_way[work.id] = Pending.of(made.end)
        return result

    def failed_outcome(
        self, work: Work, started_at: datetime | None, problem: Exception, late: bool = False
    ) -> Outcome:
        """What became of an item at which something went wrong."""
        error = self.error_for(problem, work, late)
        retry_after = 0.0 if late else retry_delay(problem, work.faults)
        status = states.WAITING if retry_after else states.FAILED
        return Outcome(work, status, started_at, self.clock.now(), error, retry_after=retry_after)

    def error_for(self, problem: Exception, work: Work, late: bool) -> str:
        """Why an item failed. Raises the problem again when it says nothing about the item."""
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
        """Write the outcomes; False when the claims were lost, and then nothing of them counts."""
        with self.pending_outcomes() as outcomes:
            if not outcomes and not rest:
                return True
            started_ids = self.watch.started_ids if rest else ()
            if self.lane.record(outcomes, started_ids=started_ids, rest=rest, again=self.maybe_written):
                return True
            self.drop_outcomes(outcomes)
        return False

    def write_waiting(self) -> bool:
        """Called by the watcher: what was done need not wait for the end of an item, nor for the broker's answer.

        While the turn itself writes, perhaps behind a lock, the watcher has heartbeats to record.
        """
        if time.monotonic() - self.flushed_at < FLUSH_SECONDS or not all(
            pending.end.done() for pending in list(self.under_way.values())
        ):
            return True
        # Taken without waiting, not asked about first: the turn could take it between the answer and the wait.
        if not self.write_lock.acquire(blocking=False):
            return True
        try:
            return self.flush()
        finally:
            self.write_lock.release()

    @contextmanager
    def pending_outcomes(self) -> Iterator[list[Outcome]]:
        """The outcomes that wait to be written; they are forgotten only when that has succeeded."""
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
        """The outcomes, as soon as nothing is under way any more that they depend on."""
        outcomes = self.outcomes.copy()
        for place, outcome in enumerate(outcomes):
            key = outcome.work.id
            if key not in self.under_way:
                continue
            try:
                self.under_way[key].check()
            except Exception as problem:
                outcomes[place] = self.outcomes[place] = self.failed_outcome(outcome.work, outcome.started_at, problem)
            # Last: where that raised, too, the next flush has to find it again, or it would record a success.
            del self.under_way[key]
        return outcomes

    def drop_outcomes(self, outcomes: list[Outcome]) -> None:
        """Another turn has the items: what was made here is dropped."""
        logger.warning("Lane %d lost turn %d: %d outcomes are dropped", self.lane.pk, self.lane.turn, len(outcomes))
        kept = self.lane.recorded_ids(outcomes)
        results = [outcome.result for outcome in outcomes if outcome.result and outcome.work.id not in kept]
        self.lane.job.kind_object.discard(results)

    def release_rest(self, phase: Phase) -> None:
        """Give back what was not done, and say once in the log why this worker stopped."""
        kept = self.flush(rest=True)
        if is_shutting_down():
            self.lane.hand_over()
            queue.flush(queue.FLUSH_SECONDS)  # the process may end at any moment now
            logger.info("Gave back job %s in phase %s: this worker ends", self.lane.job.uuid, phase.name)
            return
        self.lane.end()
        logger.info(
            "Stopped job %s in phase %s%s", self.lane.job.uuid, phase.name, "" if kept else " (claims were lost)"
        )


def retry_delay(failure: Exception, faults: int) -> float:
    """Seconds until an item that failed is tried again by itself; 0 when it has failed for good."""
    if not isinstance(failure, PassingFault) or faults >= len(RETRY_SECONDS):
        return 0.0
    return max(RETRY_SECONDS[faults], min(failure.after or 0.0, MAX_RETRY_SECONDS))


def note_item_seconds(job_id: int, seconds: float) -> None:
    """Note how long an item took; only for a few jobs, so that this never grows."""
    if len(item_seconds) > 100:
        item_seconds.clear()
    item_seconds[job_id] = max(seconds, 1e-6)
