"""Kinds of jobs that know nothing of photos: what their items do is told by the job's spec."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import httpx2

from jobs.errors import ItemFailed, PassingFault, Refused
from jobs.kinds import Kind, Phase, Submission, register
from jobs.models import Item, Job
from jobs.sources import Numbers, Source, SucceededItems
from jobs.stop import Stop
from jobs.work import PendingResult, Work
from jobs.worker.abortable import run_abortable


class CountPhase(Phase):
    """Does nothing with the numbers 1 to n, unless the spec says that one fails, sleeps, or worse.

    What the spec says `at` a position goes for that item alone.
    """

    name, title = "process", "Processing Files…"

    def source(self, job: Job) -> Source:
        return Numbers(job.spec["items"], name="number")

    def prepare(self, job: Job) -> dict[str, Any]:
        if job.spec.get("breaks") == self.name:
            raise RuntimeError("this phase cannot be prepared")
        return job.spec

    def do(self, work: Work, prepared: dict[str, Any], stop: Stop) -> dict[str, Any] | PendingResult | None:
        if work.position in prepared.get("crash", ()):
            import os  # noqa: PLC0415
            import signal  # noqa: PLC0415

            os.kill(os.getpid(), signal.SIGKILL)
        if work.position in prepared.get("fail", ()) and work.attempt <= prepared.get("fail_attempts", 99):
            raise ItemFailed(prepared.get("error", "This number cannot be counted."))
        if work.position in prepared.get("passing", ()) and work.attempt <= prepared.get("fail_attempts", 99):
            raise PassingFault("The storage is away.", after=prepared.get("asked"))
        if work.position in prepared.get("raise", ()):
            raise ZeroDivisionError
        told = prepared | prepared.get("at", {}).get(str(work.position), {})
        if work.attempt > told.get("hog_attempts", 99):
            told.pop("hog", None)
        self.wait(told, stop)
        if folder := prepared.get("folder"):
            (Path(folder) / f"{work.token}.txt").write_text(str(work.position))
            return {"file": str(Path(folder) / f"{work.token}.txt")}
        if work.position in prepared.get("under_way", ()):
            return PendingResult({"made": work.token}, counting.ends[work.position])
        if work.position in prepared.get("not_a_number", ()):
            return {"made": work.token, "sharpness": [math.nan]}
        return {"made": work.token} if prepared.get("results") else None

    def wait(self, prepared: dict[str, Any], stop: Stop) -> None:
        """Take as long as the spec says: looking at the stop sign, or deaf to it."""
        if megabytes := prepared.get("megabytes"):
            bytes(megabytes * 1_000_000)
        if mark := prepared.get("mark"):
            Path(mark).touch()
        if seconds := prepared.get("deaf"):
            time.sleep(seconds)
        if address := prepared.get("ask"):
            run_abortable(partial(await_answer, address), stop)
        if pattern := prepared.get("hog"):  # keeps the interpreter's lock
            re.match(r"(a+)+$", "a" * pattern + "b")
        until = time.monotonic() + prepared.get("seconds", 0)
        while time.monotonic() < until:
            stop.check()
            time.sleep(min(0.01, max(until - time.monotonic(), 0)))


async def await_answer(address: str) -> None:
    """Wait for an answer as a vision model's client does."""
    async with httpx2.AsyncClient(timeout=60) as client:
        await client.get(address)


class SecondPhase(CountPhase):
    """Once more over what succeeded."""

    name, title = "classify", "Classifying…"

    def source(self, job: Job) -> Source:
        return SucceededItems(job.pk, job.phase_number)

    def do(self, work: Work, prepared: dict[str, Any], stop: Stop) -> None:
        self.wait(prepared, stop)


class SummaryPhase(CountPhase):
    """One item that stands for all of them, or as many as the spec says."""

    name, title = "catalogue", "Building the catalogue…"
    follows_files = False

    def source(self, job: Job) -> Source:
        return Numbers(job.spec.get("pieces", 1))

    def do(self, work: Work, prepared: dict[str, Any], stop: Stop) -> None:
        self.wait(prepared, stop)


class Counting(Kind):
    """A batch of numbers."""

    name, label = "counting", "Counting"
    phases: ClassVar[Mapping[str, Phase]] = {each.name: each for each in (CountPhase(), SecondPhase(), SummaryPhase())}

    def __init__(self) -> None:
        self.discarded: list[dict[str, Any]] = []
        self.forgotten: list[str] = []
        self.ends: dict[int, Future[None]] = {}  # of what items leave to threads, by position

    def submission(self, data: dict[str, Any], owner: Any) -> Submission:
        if not isinstance(data.get("items"), int) or data["items"] < 1:
            raise Refused("items must be a whole number from 1.", fields={"items": "Must be a whole number from 1."})
        spec = {key: value for key, value in data.items() if key != "kind"}
        phases = data.get("phases", ["process"])
        return Submission(data.get("title", f"{data['items']} numbers"), spec, phases, data["items"])

    def output(self, item: Item) -> dict[str, Any] | None:
        if not item.result or "file" not in item.result:
            return None
        return {"name": f"{item.name}.txt", "format": "txt", "width": 1, "height": 1, "size": len(str(item.position))}

    def open_output(self, item: Item) -> tuple[Path, str, str]:
        if self.output(item) is None:
            raise FileNotFoundError(item.name)
        return Path(item.result["file"]), f"{item.name}.txt", "text/plain"

    def discard(self, results: Any) -> None:
        for result in results:
            self.discarded.append(result)
            if "file" in result:
                Path(result["file"]).unlink(missing_ok=True)

    def delete_outputs(self, job_uuid: str, until: float) -> bool:
        if time.monotonic() > until:
            return False
        self.forgotten.append(job_uuid)
        return True


counting = Counting()
register(counting)
