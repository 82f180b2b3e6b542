"""Compares the ledger, the files and the history with the engine's tables, which it does not believe."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from jobs import states
from jobs.models import Item, Job, Lane
from jobs.models.lane import CRASH_ERROR, MAX_CRASHES
from jobs.recovery.verify import find_differences
from jobs.worker.watcher import MAX_READING_AGE_SECONDS
from tests.simulation.ledger import Entry

VERB_SOURCES = {verb: move.sources for verb, move in states.MOVES.items()}


class Evidence(NamedTuple):
    """What is known of a job from outside its tables."""

    ledger: list[Entry]
    file_hash: Callable[[str], str | None]  # of a published file; None without one
    files: set[str]  # the names of all files
    cancel_commits: list[float]  # when cancels were committed, by the clock of the ledger
    to_seconds: Callable[[datetime], float]  # a time of the database by that clock
    ended_badly: set[str]  # processes that were killed, or whose connection broke
    tolerance_seconds: float = 0.0  # of the clocks


def check_job(job: Job, evidence: Evidence) -> Iterator[str]:
    """A sentence for each promise that was broken; the job has had the time to come to its end."""
    yield from check_rest(job)
    yield from find_differences(job)
    entries = [entry for entry in evidence.ledger if entry.job == str(job.uuid)]
    yield from check_turns(entries)
    yield from check_items(job, entries)
    yield from check_results(job, entries, evidence)
    yield from check_files(job, entries, evidence)
    yield from check_cancels(job, entries, evidence)
    yield from check_path(job)


def check_rest(job: Job) -> Iterator[str]:
    """An active job ends, and an ended one has nothing under way."""
    if job.status not in states.ENDED:
        yield f"the job is still {job.status}"
    if not job.settled:
        yield "the cancelled job has not settled"
    if job.items.running().exists():
        yield "items run although nobody is at work"


def check_turns(entries: list[Entry]) -> Iterator[str]:
    """A turn of a lane belongs to one process."""
    processes = defaultdict(set)
    for entry in entries:
        processes[entry.lane, entry.turn].add(entry.process)
    for (lane, turn), names in processes.items():
        if len(names) > 1:
            yield f"turn {turn} of lane {lane} was taken by {', '.join(sorted(names))}"


def check_items(job: Job, entries: list[Entry]) -> Iterator[str]:
    """Each item of a completed job has ended once, and one failed as a crasher only after three lost claims.

    A claim may be lost before its item was started: then a rescue stands in the history, and no start in the ledger.
    """
    rescues = job.events.filter(event="rescue").count()
    starts = Counter((entry.phase, entry.position) for entry in entries if entry.event == "started")
    phases = {phase.number: phase for phase in job.phase_rows}
    for item in job.items.all():
        name = phases[item.phase].name
        if item.status == states.SUCCEEDED and not starts[name, item.position]:
            yield f"{name} {item.position} succeeded and was never started"
        if item.error == CRASH_ERROR and max(starts[name, item.position], rescues) < MAX_CRASHES:
            yield f"{name} {item.position} failed as a crasher after {starts[name, item.position]} starts"
    if job.status == states.COMPLETED and not job.retrying:
        for phase in phases.values():
            if phase.finished != phase.total:
                yield f"the job has completed, {phase.finished} of {phase.total} items of {phase.name} have ended"


def check_results(job: Job, entries: list[Entry], evidence: Evidence) -> Iterator[str]:
    """Each result that counts was published, once, and its file is whole; the counters are those of the ledger."""
    published = {entry.file: entry for entry in entries if entry.event == "published"}
    for phase in job.phase_rows:
        counted = results_of(job, phase.number)
        if len(counted) != phase.succeeded:
            yield f"{phase.name} counts {phase.succeeded} successes, the ledger has {len(counted)} of its results"
        for position, file in counted:
            entry = published.get(file)
            if entry is None:
                yield f"{phase.name} {position} has a result that nobody published"
            elif (entry.phase, entry.position) != (phase.name, position):
                yield f"{phase.name} {position} has the result of {entry.phase} {entry.position}"
            elif evidence.file_hash(file) != entry.sha256:
                yield f"the file of {phase.name} {position} is missing or damaged"


def results_of(job: Job, phase: int) -> list[tuple[int, str]]:
    """Positions and files of the items of a phase that succeeded."""
    rows = Item.objects.filter(job=job, phase=phase, status=states.SUCCEEDED).values_list("position", "result")
    return [(position, result["file"]) for position, result in rows]


def check_files(job: Job, entries: list[Entry], evidence: Evidence) -> Iterator[str]:
    """A file without a row was left by a killed process, or by an earlier run in a phase that every run does anew."""
    counted = {file for phase in job.phase_rows for _, file in results_of(job, phase.number)}
    started = {f"{entry.job}-{entry.token}": entry for entry in entries if entry.event == "started"}
    runs = dict(Lane.objects.filter(job=job).values_list("pk", "run"))
    made_anew = {phase.name for phase in job.phase_rows if not phase.follows_files}
    for file in sorted(evidence.files - counted):
        entry = started.get(file)
        if entry is None:
            yield f"the file {file} has no row, and nobody has made it"
        elif entry.process not in evidence.ended_badly and not (
            entry.phase in made_anew and runs.get(entry.lane, 0) < job.run
        ):
            yield f"the file {file} of {entry.phase} has no row, and {entry.process}, which made it, was not killed"


def check_cancels(job: Job, entries: list[Entry], evidence: Evidence) -> Iterator[str]:
    """Nothing starts once a cancel was committed, but for what was read of the job a moment ago."""
    runs = dict(Lane.objects.filter(job=job).values_list("pk", "run"))
    run, allowed = 1, MAX_READING_AGE_SECONDS + evidence.tolerance_seconds + 1e-6
    for event in job.events.all():
        if event.event in ("resume", "retry"):
            run += 1
        if event.event != "cancel" or event.from_status == states.CANCELLED:
            continue
        committed = min((at for at in evidence.cancel_commits if at >= evidence.to_seconds(event.at) - 1e-6),
                        default=None)  # fmt: skip
        for entry in entries:
            if (
                committed is not None
                and entry.event == "started"
                and runs.get(entry.lane) == run
                and entry.at > committed + allowed
            ):
                late = entry.at - committed
                yield f"{entry.phase} {entry.position} was started {late:.3f} s after the cancel was committed"


def check_path(job: Job) -> Iterator[str]:
    """The history is a path of the table of moves."""
    for event in job.events.all():
        moves = event.event in VERB_SOURCES and event.from_status != event.to_status
        if moves and event.from_status not in VERB_SOURCES[event.event]:
            yield f"{event.event} from {event.from_status} is no move of the table"


def sentences(checks: Iterable[str]) -> list[str]:
    """Each problem once, in their order."""
    return list(dict.fromkeys(checks))
