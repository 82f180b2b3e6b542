"""How much larger worker and web processes become with a large job than with a small one."""

from __future__ import annotations

import argparse
import contextlib
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from itertools import batched
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from benchmarks.crew import completed, stopped, submit, workers_of
from benchmarks.figures import SIZE, Figure
from benchmarks.kinds import NAME
from benchmarks.libraries import STEPS, library
from jobs import states
from jobs.models import Item, Job, JobPhase
from photos import store
from project.accounts.models import Token, User
from project.supervisor.web import listen, shown_address, wait_until_answering, web_part

SMALL, AIM = 100, 50.0
READ = ("", "/items", "/items?status=failed", "/events", "/unprocessed.csv", "/results.zip")


def measure(options: argparse.Namespace, database: str, owner: User) -> list[Figure]:
    """Peaks with a job of 100 items and with a large one, in the same processes."""
    return [
        Figure(
            f"Memory of a {what} process, peak with {options.items:,} items less peak with {SMALL}", database,
            large - small, SIZE, AIM,
        )
        for what, small, large in (("worker", *of_worker(options, owner)), ("web", *of_web(options)))
    ]  # fmt: skip


def of_worker(options: argparse.Namespace, owner: User) -> tuple[float, float]:
    """Peaks of the processes that do the work."""
    with workers_of(options.processes) as worker:

        def run(items: int) -> float:
            return peak_during(children(worker.pid), lambda: completed(submit(owner, NAME, items=items)))

        run(SMALL)
        return run(SMALL), run(options.items)


def of_web(options: argparse.Namespace) -> tuple[float, float]:
    """Peaks of the web server while everything about a finished job is read, its ZIP included."""
    with web() as (pid, address):

        def run(items: int) -> float:
            job = finished(library(items), items)
            _, key = Token.make(job.owner) if job.owner else ("", "")
            return peak_during(children(pid), lambda: read_all(f"{address}api/jobs/{job.uuid}", key))

        run(SMALL - 1)
        return run(SMALL), run(options.items)


@contextlib.contextmanager
def web() -> Iterator[tuple[int, str]]:
    """The product's web server on a free port."""
    with listen("127.0.0.1", 0) as listener:
        address = shown_address("127.0.0.1", listener.getsockname()[1])
        part = web_part(Path(settings.STOPBATH_DATA), listener)
        part.start()
        try:
            if not wait_until_answering(address):
                raise RuntimeError("The web server does not start.")
            yield part.pid, address
        finally:
            part.stop()


def finished(owner: User, items: int) -> Job:
    """A job of that many photos that is done, all its outputs one and the same small file."""
    job = stopped(submit(owner, "process", photos="all", steps=STEPS))
    job.items.all().delete()
    path = store.outputs(str(job.uuid)) / "0" / "output.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\xff\xd8\xff\xd9")
    made = {"file": path.relative_to(store.root()).as_posix(), "format": "jpeg", "width": 1, "height": 1, "size": 4}
    for positions in batched(range(1, items + 1), 2000):
        Item.objects.bulk_create(
            Item(
                job=job, phase=0, position=position, name=f"IMG_{position}.jpg", status=states.SUCCEEDED, attempt=1,
                finish=position, result=made | {"name": f"IMG_{position}.jpg", "path": "Holidays", "source_size": 9},
            )
            for position in positions
        )  # fmt: skip
    facts = {"planned": items, "succeeded": items, "status": states.DONE}
    JobPhase.objects.filter(job=job).update(**facts)
    Job.objects.filter(pk=job.pk).update(status=states.COMPLETED, finished=items, ended_at=timezone.now())
    return Job.objects.get(pk=job.pk)


def read_all(address: str, key: str) -> None:
    """Everything that can be read of a job, to its end."""
    for path in READ:
        request = urllib.request.Request(address + path, headers={"Authorization": f"Token {key}"})
        with urllib.request.urlopen(request, timeout=600) as answer:
            while answer.read(1 << 20):
                pass


def children(pid: int) -> list[int]:
    """The processes below one, and itself when there are none."""
    below = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [one for child in below for one in children(child)] or [pid]


def peak_during(pids: Sequence[int], action: Callable[[], object]) -> float:
    """The largest of the processes' peaks meanwhile, in MB."""
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # forgets the peak so far
    action()
    return max(peak(pid) for pid in pids)


def peak(pid: int) -> float:
    """The most memory that the process had, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))
