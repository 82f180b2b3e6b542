"""A batch of numbers: what is left when the work of a job is nothing, or nothing but waiting."""

from __future__ import annotations

import threading
from typing import Any

from jobs.kinds import Kind, Phase, Submission, Work, register
from jobs.models import Job
from jobs.sources import Numbers, Source
from jobs.stop import Stop

NAME = "numbers"


class Wait(Phase):
    """Waits as long as the job's spec says: not at all by default."""

    name, title = "process", "Waiting…"

    def source(self, job: Job) -> Source:
        return Numbers(job.spec["items"], name="number")

    def prepare(self, job: Job) -> float:
        return float(job.spec["seconds"])

    def do(self, work: Work, prepared: float, stop: Stop) -> None:
        if prepared:
            told = threading.Event()
            with stop.aborting(told.set):
                told.wait(prepared)
            stop.check()


class Waiting(Kind):
    """So many items of so many seconds."""

    name, label = NAME, "Numbers"

    def submission(self, data: dict[str, Any], owner: Any) -> Submission:
        spec = {"items": data["items"], "seconds": data.get("seconds", 0)}
        return Submission(f"{data['items']:,} numbers", spec, ["process"], data["items"])

    def phase(self, name: str) -> Phase:
        return Wait()


register(Waiting())
