"""What must be true of a job after whatever happened to it."""

from pathlib import Path

from jobs.models import Job
from tests.crew import SLOWDOWN, finished_count, wait_for
from tests.jobs.work import event_names, reload


def assert_whole(job: Job) -> None:
    """Every file is accounted for once, each output is there once and whole, and the history is complete."""
    job = reload(job)
    counts = job.counts
    assert counts.total == counts.succeeded + counts.failed + counts.skipped
    assert (counts.remaining, counts.in_flight) == (0, 0)
    assert sorted(job.items.values_list("finish", flat=True)) == list(range(1, job.finished + 1))
    made = dict(job.items.filter(status="succeeded").values_list("position", "result"))
    assert len(made) == counts.succeeded
    assert {position: Path(result["file"]).read_text() for position, result in made.items()} == {
        position: str(position) for position in made
    }
    events = event_names(job)
    assert events[:2] == ["submit", "start"]
    assert events[-1] == "finish"
    assert set(events[2:-1]) <= {"rescue", "phase"}


def in_hand(job: Job) -> list[int]:
    """The items that workers have at this moment."""
    return list(job.items.running().values_list("pk", flat=True))


def goes_on(job: Job, what: str, within: float, lost: list[int] | None = None) -> None:
    """From this moment on work goes on within that time: with the lost items, or with any; the figure is printed."""
    before = finished_count(job)
    over = job.items.filter(pk__in=lost or [], finish__isnull=False)
    took = wait_for(lambda: over.exists() if lost else finished_count(job) > before, within * SLOWDOWN)
    print(f"{what}: work went on after {took:.1f} s (design: {within:.0f} s)")
