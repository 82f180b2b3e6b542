"""Workers, the rescuer and web requests of one simulated world, and what can happen to them next."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.db import Error, connection

from jobs import tasks
from jobs.errors import NotPossible
from jobs.models import Job, Lane
from jobs.models.lane import LEASE_SECONDS
from jobs.recovery.loop import RESCUE_SECONDS
from jobs.recovery.rescue import rescue
from jobs.work import Work
from jobs.worker import lanes, watcher
from tests.simulation.clock import VirtualClock
from tests.simulation.connections import Points, Writer
from tests.simulation.ledger import Entry
from tests.simulation.messages import Envelope, SimulatedBroker
from tests.simulation.scheduler import Actor, ProcessKilled, Scheduler, Stuck, current_actor, wait_here

if TYPE_CHECKING:
    from tests.simulation.databases import Database
    from tests.simulation.storage import SimulatedDisk

TICKS_SECONDS = (0.2, 1.0, 5.0, 20.0)  # by which the clock of everybody jumps
WRITES = ("BEGIN", "COMMIT", "UPDATE", "INSERT", "DELETE", "WITH", "sends", "renames", "deletes")
MAX_MESSAGES = 3  # of those that wait: any of them may be taken next


@dataclass(frozen=True)
class Option:
    """Something that can happen next."""

    label: str
    kind: str  # step, start, look, verb, wake; or one of the disturbances of `strategies`
    who: str  # whose turn it would be
    run: Callable[[], None]
    after_write: bool = False  # whether the one whom a disturbance meets has just written something


class Process:
    """A process from its start to its end: of a worker, of beat, or of the web server for one request."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dying = self.shutting_down = self.frozen = False
        self.watch: watcher.Watch | None = None
        self.envelope: Envelope | None = None  # the message that it has not acknowledged


class Seat:
    """A place for processes, one after the other: the threads and connections of the dead serve the next one."""

    def __init__(self, name: str, main: Actor, watching: Actor | None = None) -> None:
        self.name, self.main, self.watching = name, main, watching
        self.actors = [actor for actor in (main, watching) if actor]
        self.count = 0
        self.start_process()

    def start_process(self) -> None:
        """Another process takes the seat."""
        self.count += 1
        self.process = Process(f"{self.name}.{self.count}")

    @property
    def has_just_written(self) -> bool:
        """Whether somebody of the process has just changed what others see, and has not read since."""
        return any(actor.is_busy and actor.previous.startswith(WRITES) for actor in self.actors)

    @property
    def is_idle(self) -> bool:
        """Whether the process has nothing under way."""
        return not any(actor.is_busy for actor in self.actors)


class World:
    """One database, one disk, one broker, one clock, and everybody who uses them."""

    instance: World

    def __init__(self, database: Database, disk: SimulatedDisk, workers: int = 3, requests: int = 2) -> None:
        type(self).instance = self
        self.database, self.disk = database, disk
        self.clock, self.broker, self.writer = VirtualClock(), SimulatedBroker(), Writer()
        self.scheduler = Scheduler(lambda actor: database.is_blocked(actor.backend_pid))
        self.all_workers = [
            Seat(f"W{n}", self.new_actor(f"W{n}"), self.new_actor(f"W{n}.watcher")) for n in range(1, workers + 1)
        ]
        self.requests = [Seat(f"web{n}", self.new_actor(f"web{n}")) for n in range(1, requests + 1)]
        self.beat = Seat("rescuer", self.new_actor("rescuer"))
        self.ends: dict[str, str] = {}
        self.reset()

    @classmethod
    def current(cls) -> World:
        """The world of this process of the tests."""
        return cls.instance

    def new_actor(self, name: str) -> Actor:
        """A thread with a connection of its own."""
        actor = Actor(name, self.connect, lambda _: connection.close())
        actor.start()
        actor.parked.wait()
        return actor

    def connect(self, actor: Actor) -> None:
        """Open the connection of an actor's thread, and stand before everything that it does."""
        actor.points = Points(connection, self.writer, self.database, lambda: self.scheduler.blocked)
        actor.points.install()
        connection.ensure_connection()

    def reset(self) -> None:
        """An empty world, as every schedule begins with it. Raises Stuck when somebody does not end."""
        for seat in self.seats:
            self.kill(seat)
        if busy := [actor.name for seat in self.seats for actor in seat.actors if actor.is_busy]:
            raise Stuck(f"still busy: {', '.join(busy)}")
        self.clock.seconds = 0.0
        self.broker.waiting.clear()
        self.broker.revoked.clear()
        self.broker.unacknowledged.clear()
        self.disk.clear()
        self.writer.actor = None
        self.ledger: list[Entry] = []
        self.ends = {}  # how processes ended that did not end by themselves
        self.problems: list[str] = []  # what no code of the engine may ever do
        self.cancel_commits: list[float] = []  # when requests that cancel committed
        self.look_began = self.looked_at = 0.0  # when the rescuer began to look, and when it had looked
        self.step_seconds = 0.001
        self.worker_count = len(self.all_workers)
        for seat in self.seats:
            seat.count = 0
            seat.start_process()
        lanes.item_seconds.clear()
        self.database.empty()

    @property
    def seats(self) -> list[Seat]:
        """Everybody."""
        return [*self.all_workers, *self.requests, self.beat]

    @property
    def awake_seats(self) -> list[Seat]:
        """Everybody whose process is not stopped."""
        return [seat for seat in self.seats if not seat.process.frozen]

    @property
    def workers(self) -> list[Seat]:
        """The workers of this schedule."""
        return self.all_workers[: self.worker_count]

    # ---------------------------------------------------------------- what can happen next

    def steps_possible(self) -> Iterator[Option]:
        """Those who are in the middle of something go on."""
        for seat in self.awake_seats:
            for actor in seat.actors:
                if actor.is_runnable:
                    yield Option(actor.name, "step", actor.name, partial(self.step, actor))

    def starts_possible(self) -> Iterator[Option]:
        """Somebody who has nothing to do begins something."""
        for seat in self.workers:
            if seat.process.frozen:
                continue
            if not seat.main.is_busy and not seat.process.shutting_down:
                for index in range(min(len(self.broker.waiting), MAX_MESSAGES)):
                    yield Option(f"{seat.name} takes {index}", "start", seat.name, partial(self.take, seat, index))
            if seat.process.watch and seat.watching and not seat.watching.is_busy:
                look = partial(self.start_look, seat)
                yield Option(f"{seat.watching.name} looks", "look", seat.watching.name, look)
        if not self.beat.main.is_busy and not self.beat.process.frozen:
            yield Option("rescuer looks", "look", "rescuer", self.start_rescue)

    def faults_possible(self) -> Iterator[Option]:
        """What can go wrong."""
        for seat in self.awake_seats:
            for actor in seat.actors:
                if actor.is_runnable:
                    for fault in actor.faults:
                        yield Option(f"{actor.name}!{fault}", "error", actor.name, partial(self.step, actor, fault))
        for seat in self.seats:
            if not seat.is_idle:
                yield Option(f"kill {seat.name}", "kill", seat.name, partial(self.kill, seat), seat.has_just_written)
                if not seat.process.frozen:
                    stop = partial(self.freeze, seat, True)
                    yield Option(f"stop {seat.name}", "stop", seat.name, stop, seat.has_just_written)
        for seat in self.workers:
            if seat.main.is_busy and not seat.process.shutting_down:
                yield Option(f"terminate {seat.name}", "terminate", seat.name, partial(self.terminate, seat))
        for index in range(len(self.broker.unacknowledged)):
            again = partial(self.broker.hand_out_again, index)
            yield Option(f"the broker hands out {index} again", "broker", "broker", again)
        if self.broker.waiting:
            yield Option("the broker forgets", "broker", "broker", self.broker.waiting.clear)
        yield Option("power cut", "power", "power", self.cut_power)

    def wakes_possible(self) -> Iterator[Option]:
        """Processes that were stopped go on."""
        for seat in self.seats:
            if seat.process.frozen:
                yield Option(f"continue {seat.name}", "wake", seat.name, partial(self.freeze, seat, False))

    def ticks_possible(self) -> Iterator[Option]:
        """The clock jumps, for everybody: whoever is in the middle of something was stopped for so long."""
        for seconds in TICKS_SECONDS:
            yield Option(f"{seconds:g} s pass", "tick", "clock", partial(self.let_pass, seconds))

    # ---------------------------------------------------------------- what happens

    def step(self, actor: Actor, fault: str = "") -> None:
        """One step of one actor."""
        self.clock.seconds += self.step_seconds
        self.scheduler.step(actor, fault)
        self.after_step()

    def after_step(self) -> None:
        """End the processes that killed themselves, and note what went wrong."""
        for seat in self.seats:
            if seat.process.dying:
                self.kill(seat)
            for actor in seat.actors:
                if not actor.is_busy and actor.error is not None:
                    self.problems.append(f"{actor.name} ended with {type(actor.error).__name__}: {actor.error}")
                    actor.error = None
            if seat.process.shutting_down and seat.is_idle:
                seat.start_process()

    def begin_task(self, seat: Seat, actor: Actor, task: Callable[[], object], label: str) -> None:
        """Have an idle actor begin; what it does first is a step of its own."""

        def run() -> None:
            actor.points.begin_task()
            try:
                task()
            finally:
                actor.points.end_task()

        actor.process = seat.process
        actor.begin(run, label)

    def take(self, seat: Seat, index: int) -> None:
        """A worker takes a message."""
        envelope = self.broker.take(index)
        if envelope is not None:
            seat.process.envelope = envelope
            self.begin_task(seat, seat.main, partial(self.run_message, envelope), f"takes {envelope}")
            self.step(seat.main)

    def run_message(self, envelope: Envelope) -> None:
        """What a worker does with a message, in its thread."""
        process = current_process()
        try:
            if envelope.task == "lane":
                lanes.run_lane(envelope.args[0], envelope.args[1], self.send_next, process.name, envelope.args[2])
            else:
                upkeep = {"wrap_up": tasks.finalize_job, "discard": tasks.discard, "requeue": tasks.requeue,
                          "clear": tasks.clear}[envelope.task]  # fmt: skip
                upkeep.run(*envelope.args)
        except Error as error:  # Celery logs it, and the worker goes on with other messages
            self.note_database_error(error)

    def note_database_error(self, error: Error) -> None:
        """An error that the schedule has caused says nothing about the engine; any other does."""
        actor = current_actor()
        if actor and actor.killed:  # the end of a transaction that was cut off
            return
        if "closed" not in str(error) and "locked" not in str(error):
            self.problems.append(f"{type(error).__name__}: {error}")

    def send_next(self, lane: int, turn: int, credit: float) -> None:
        """Send the next turn of a lane as Celery's retry does, with the task id of the one before."""
        task_id = str(Lane.objects.values_list("task_id", flat=True).get(pk=lane))
        self.broker.put(Envelope("lanes", "lane", (lane, turn, credit), task_id))

    def start_look(self, seat: Seat) -> None:
        """The thread that watches a worker's turn looks at the clock and asks the database."""
        watch = seat.process.watch
        assert seat.watching is not None
        assert watch is not None

        def look() -> None:
            watcher.run_check(watcher.Watch.check_limits, watch)
            watcher.run_check(watcher.Watch.ask_database, watch)

        self.begin_task(seat, seat.watching, look, "looks")
        self.step(seat.watching)

    def start_rescue(self) -> None:
        """The rescuer looks, as `jobs.recovery.loop` has it look."""

        # It looks every second: what is stopped meanwhile loses its lease after a few looks.
        self.clock.seconds = max(self.clock.seconds, self.look_began + RESCUE_SECONDS)
        self.look_began = self.clock.seconds

        def look() -> None:
            began = self.clock.seconds
            try:
                rescue(check_leases=began - self.looked_at < LEASE_SECONDS)
                self.looked_at = self.clock.seconds
            except Error as error:
                self.note_database_error(error)
                connection.close()

        self.begin_task(self.beat, self.beat.main, look, "looks")
        self.step(self.beat.main)

    def start_verb(self, seat: Seat, name: str, verb: Callable[[], object]) -> None:
        """A web request begins."""

        def request() -> None:
            try:
                verb()
            except (NotPossible, Job.DoesNotExist):
                pass
            except Error as error:
                self.note_database_error(error)

        self.begin_task(seat, seat.main, request, name)
        self.step(seat.main)

    def kill(self, seat: Seat) -> None:
        """SIGKILL: nothing more of this process reaches anybody, and another one takes its seat."""
        self.ends[seat.process.name] = "killed"
        seat.process.dying = False
        if seat.main.is_busy and seat.process.envelope:
            self.broker.unacknowledged.append(seat.process.envelope)
        for actor in seat.actors:
            self.scheduler.kill(actor)
        for actor in seat.actors:
            actor.error = None
        seat.start_process()

    def freeze(self, seat: Seat, frozen: bool) -> None:
        """SIGSTOP and SIGCONT: a process that is stopped keeps its locks and its place."""
        seat.process.frozen = frozen

    def terminate(self, seat: Seat) -> None:
        """TERM: the worker hands over what it has."""
        seat.process.shutting_down = True

    def cut_power(self) -> None:
        """Everybody is killed at once, and what was not synced is gone; what was committed is there."""
        for seat in self.seats:
            if not seat.is_idle:
                self.kill(seat)
        self.broker.waiting.clear()
        self.disk.cut_power()

    def let_pass(self, seconds: float) -> None:
        """Time passes."""
        self.clock.seconds += seconds

    def kill_own_process(self) -> None:
        """Called by an item that crashes its worker, and by the watcher for one that does not stop."""
        current_process().dying = True
        raise ProcessKilled

    # ---------------------------------------------------------------- what kinds tell

    def write_entry(self, event: str, phase: str, work: Work, file: str = "", sha256: str = "") -> None:
        """Add a line to the ledger."""
        process = current_process().name
        self.ledger.append(
            Entry(event, work.job_uuid, phase, work.position, work.token, process, self.clock.seconds, sha256, file)
        )


def current_process() -> Process:
    """The process of this thread's actor."""
    actor = current_actor()
    assert actor is not None
    process: Process = actor.process
    return process


class EngineLog(logging.Handler):
    """What the engine logs and goes on after: an error that the schedule has not caused is one of the engine's."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.ERROR)
        self.world = world

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, Error):
            self.world.note_database_error(error)
        elif error is not None and not isinstance(error, Job.DoesNotExist):
            self.world.problems.append(f"{record.getMessage()}: {type(error).__name__}: {error}")


class SimulatedWatcher:
    """Stands for the watcher of a process: the schedule decides when its thread looks."""

    @contextmanager
    def watching(self, lane: Lane) -> Iterator[watcher.Watch]:
        """Watch a turn; the end waits for a look that is under way, as the thread's lock has it."""
        process = current_process()
        process.watch = watch = watcher.Watch(lane)
        seat = next(each for each in World.current().seats if each.process is process)
        try:
            yield watch
        finally:
            assert seat.watching is not None
            if seat.watching.is_busy:
                wait_here("waits for the watcher's look", ready=lambda: not seat.watching.is_busy)
            process.watch = None


class SimulatedLock:
    """Stands for the reentrant lock between a turn and its watcher."""

    def __init__(self) -> None:
        self.owner: Actor | None = None
        self.depth = 0

    def acquire(self, blocking: bool = True) -> bool:
        """Take the lock; False when another has it and the caller does not wait."""
        actor = current_actor()
        if self.owner not in (None, actor):
            if not blocking:
                return False
            wait_here("waits for the lock of the outcomes", ready=lambda: self.owner is None)
        self.owner, self.depth = actor, self.depth + 1
        return True

    def release(self) -> None:
        """Give the lock back, once for every time that it was taken."""
        self.depth -= 1
        if not self.depth:
            self.owner = None

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()
