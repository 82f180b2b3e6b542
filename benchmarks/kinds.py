"""A kind of job for benchmarks, whose items do nothing, wait, send a request, or blur a large picture."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

import httpx2
import pyvips

from jobs.errors import ItemFailed
from jobs.kinds import Kind, Phase, Submission, register
from jobs.models import Job
from jobs.sources import Numbers, Source
from jobs.stop import Stop
from jobs.work import Work
from jobs.worker.abortable import run_abortable
from photos.imaging.cancellation import Killer

KIND_NAME = "numbers"
SIDE_PIXELS = 10_000  # of the large picture, which has 100 megapixels


def wait(seconds: float, stop: Stop) -> None:
    """Wait that many seconds. Raises Stopped."""
    if seconds:
        aborted = threading.Event()
        with stop.on_abort(aborted.set):
            aborted.wait(seconds)
        stop.check()


def fetch(address: str, stop: Stop) -> None:
    """Request an address over HTTP and wait for the answer. Raises Stopped."""

    async def answer() -> None:
        async with httpx2.AsyncClient(timeout=60) as client:
            await client.get(address)

    run_abortable(answer, stop)


def blur(radius: float, stop: Stop) -> None:
    """Blur a picture of 100 megapixels. Raises Stopped or ItemFailed."""
    killer = Killer()
    with stop.on_abort(killer.stop):
        picture = (
            pyvips.Image.gaussnoise(SIDE_PIXELS, SIDE_PIXELS, mean=128, sigma=30).cast("uchar").bandjoin([128, 128])
        )
        try:
            killer.watch(picture.gaussblur(radius)).avg()
        except pyvips.Error as error:
            stop.check()
            raise ItemFailed(str(error)) from error


# key of the spec → what an item does with the value
WORK_BY_KEY: dict[str, Callable[[Any, Stop], None]] = {"seconds": wait, "address": fetch, "blur": blur}


class WorkPhase(Phase):
    """Does the work of the job's spec in each item; nothing by default."""

    name, title = "process", "Working…"

    def source(self, job: Job) -> Source:
        return Numbers(job.spec["items"], name="number")

    def prepare(self, job: Job) -> list[Callable[[Stop], None]]:
        return [partial(WORK_BY_KEY[key], job.spec[key]) for key in WORK_BY_KEY if job.spec.get(key)]

    def do(self, work: Work, prepared: list[Callable[[Stop], None]], stop: Stop) -> None:
        for each in prepared:
            each(stop)


class NumbersKind(Kind):
    """Jobs with as many items as the submit says."""

    name, label = KIND_NAME, "Numbers"
    phases: ClassVar[Mapping[str, Phase]] = {WorkPhase.name: WorkPhase()}

    def submission(self, data: dict[str, Any], owner: Any) -> Submission:
        return Submission(f"{data['items']:,} numbers", dict(data), ["process"], data["items"])


register(NumbersKind())
