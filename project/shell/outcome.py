"""The report of a command on its jobs, and its exit code."""

import json
from collections.abc import Mapping
from typing import Any

from jobs import states
from jobs.api.serializers import job_json
from jobs.models import Job
from jobs.wording import quantity

EXIT_DONE, EXIT_SOME_FAILED, EXIT_CANCELLED = 0, 3, 130
MAX_LISTED_FAILURES = 20


def failures(job: Job, limit: int | None = None) -> list[dict[str, str]]:
    """Name and error of each failed file of any phase, by phase and position; at most `limit`."""
    rows = job.items.filter(status=states.FAILED).order_by("phase", "position").values_list("name", "error")
    return [{"name": name, "error": error} for name, error in rows[:limit]]


def summary(job: Job) -> str:
    """The outcome in one line, such as: 24 done, 1 failed, 3 not started of 28."""
    counts = job.counts
    numbers = {"done": counts.succeeded, "failed": counts.failed, "not started": counts.skipped}
    parts = [f"{number:,} {word}" for word, number in numbers.items() if number or word == "done"]
    cancelled = "cancelled: " if job.status == states.CANCELLED else ""
    return f"{job.title}: {cancelled}{', '.join(parts)} of {counts.total:,}"


def failure_lines(job: Job) -> list[str]:
    """A line for each failure, at most MAX_LISTED_FAILURES, and an ellipsis for the rest."""
    failed = failures(job, MAX_LISTED_FAILURES + 1)
    lines = [f"  {failure['name']}: {failure['error']}" for failure in failed[:MAX_LISTED_FAILURES]]
    return [*lines, "  …"] if len(failed) > MAX_LISTED_FAILURES else lines


def exit_code(*jobs: Job) -> int:
    """0 if all files succeeded, 3 if any failed, 130 if a job was cancelled."""
    if any(job.status == states.CANCELLED for job in jobs):
        return EXIT_CANCELLED
    failed = any(phase.failed for job in jobs for phase in job.phase_rows)
    return EXIT_SOME_FAILED if failed or any(job.status == states.FAILED for job in jobs) else EXIT_DONE


def report(out: Any, err: Any, jobs: Mapping[str, Job], as_json: bool, **facts: Any) -> None:
    """Write the outcomes as one JSON object with `facts`, or as lines with the failures on `err`."""
    if as_json:
        outcomes = {name: job_json(job) | {"failures": failures(job)} for name, job in jobs.items()}
        out.write(json.dumps(outcomes | facts, indent=2))
        return
    for job in jobs.values():
        out.write(summary(job))
        for line in failure_lines(job):
            err.write(line)
    if "written" in facts:
        out.write(f"{quantity(facts['written'], 'file')} written to {facts['folder']}")
