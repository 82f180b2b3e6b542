"""The memory of worker and web processes, and its growth from a small job to a large one."""

from __future__ import annotations

import argparse
import urllib.request
from collections.abc import Iterator
from itertools import batched
from typing import Any

from django.utils import timezone

from benchmarks.figures import SIZE, Figure
from benchmarks.harness import cancel_and_settle, running_worker, submit, wait_until_completed
from benchmarks.kinds import KIND_NAME
from benchmarks.libraries import STEPS, create_library, upload
from benchmarks.pictures import pictures_of
from benchmarks.processes import descendants, peak_during
from benchmarks.site import web_server
from jobs import states
from jobs.models import Item, Job, JobPhase
from photos.files import storage
from project.accounts.models import Token, User

SMALL, AIM = 100, 50.0
PHOTOS, PHOTO_AIM = 8, 300.0  # of 24 megapixels
PATHS_READ = ("", "/items", "/items?status=failed", "/events", "/unprocessed.csv", "/results.zip")


def measure(options: argparse.Namespace, database: str, owner: User) -> Iterator[Figure]:
    """Peaks with a job of 100 items and with a large one, in the same processes; then with large photos."""
    for what, (small, large) in (("worker", worker_peaks(options, owner)), ("web", web_peaks(options))):
        growth_label = f"Memory of a {what} process, peak with {options.items:,} items less peak with {SMALL}"
        yield Figure(growth_label, database, large - small, SIZE, AIM)
        yield Figure(f"Memory of a {what} process, peak with {SMALL} items", database, small, SIZE)
    peak_label = f"Memory of a worker process, peak with {PHOTOS} JPEGs of 24 MP"
    yield Figure(peak_label, database, photo_peak(options), SIZE, PHOTO_AIM)


def worker_peaks(options: argparse.Namespace, owner: User) -> tuple[float, float]:
    """Peaks of the worker's processes in MB, with a small job and with a large one."""
    with running_worker(options.processes) as worker:

        def run(items: int) -> float:
            return peak_during(
                descendants(worker.pid), lambda: wait_until_completed(submit(owner, KIND_NAME, items=items))
            )

        run(SMALL)
        return run(SMALL), run(options.items)


def web_peaks(options: argparse.Namespace) -> tuple[float, float]:
    """Peaks of the web server in MB while a finished job is read, its ZIP included: a small job and a large one."""
    with web_server() as (pid, address):

        def run(items: int) -> float:
            person = create_library(items)
            job = create_finished_job(person, items)
            _, key = Token.make(person)
            return peak_during(descendants(pid), lambda: read_all(f"{address}api/jobs/{job.uuid}", key))

        run(SMALL - 1)
        return run(SMALL), run(options.items)


def photo_peak(options: argparse.Namespace) -> float:
    """The peak in MB while photos are resized, marked and saved as WebP, in new processes."""
    person = User.objects.create_user("somebody with large photos")
    upload(person, pictures_of(24, PHOTOS))
    mark = {"operation": "watermark", "options": {"text": "Stopbath"}}
    webp = {"operation": "convert", "options": {"format": "webp"}}
    with running_worker(options.processes) as worker:

        def run(*more: dict[str, Any]) -> float:
            steps = [*STEPS, *more]
            return peak_during(
                descendants(worker.pid),
                lambda: wait_until_completed(submit(person, "process", photos="all", steps=steps)),
            )

        return max(run(), run(mark), run(webp))


def create_finished_job(owner: User, items: int) -> Job:
    """A completed job with that many photos, whose outputs are all the same small file."""
    job = cancel_and_settle(submit(owner, "process", photos="all", steps=STEPS))
    job.items.all().delete()
    path = storage.outputs(str(job.uuid)) / "0" / "output.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\xff\xd8\xff\xd9")
    result = {"file": path.relative_to(storage.root()).as_posix(), "format": "jpeg", "width": 1, "height": 1, "size": 4}
    for positions in batched(range(1, items + 1), 2000):
        Item.objects.bulk_create(
            Item(
                job=job, phase=0, position=position, name=f"IMG_{position}.jpg", status=states.SUCCEEDED, attempt=1,
                finish=position, result=result | {"name": f"IMG_{position}.jpg", "path": "Holidays", "source_size": 9},
            )
            for position in positions
        )  # fmt: skip
    fields = {"planned": items, "succeeded": items, "status": states.DONE}
    JobPhase.objects.filter(job=job).update(**fields)
    Job.objects.filter(pk=job.pk).update(status=states.COMPLETED, finished=items, ended_at=timezone.now())
    return Job.objects.get(pk=job.pk)


def read_all(address: str, key: str) -> None:
    """Read every page of a job in the API to its end."""
    for path in PATHS_READ:
        request = urllib.request.Request(address + path, headers={"Authorization": f"Token {key}"})
        with urllib.request.urlopen(request, timeout=600) as answer:
            while answer.read(1 << 20):
                pass
