"""The running site over HTTP: uploads until every thumbnail has been fetched, and previews."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import batched
from pathlib import Path
from typing import Any

import httpx2
from django.conf import settings

from benchmarks.figures import TIME, Figure, spread_figures
from benchmarks.harness import wait_for, workers
from benchmarks.libraries import STEPS, upload
from benchmarks.pictures import pictures_of
from photos.models import Photo
from project.accounts.models import Token, User
from project.supervisor.web import browser_address, listen, wait_until_answering, web_part

BATCH_SIZE, PARALLEL_REQUESTS = 20, 2  # files a request, and requests at a time: as the page uploads
UPLOAD_AIM, FIRST_AIM, LATER_AIM = 30_000.0, 1_000.0, 300.0
UPLOADS = 200  # the number that the aim is for
PREVIEWED_PHOTOS = 10


def measure(options: argparse.Namespace, database: str, owner: User) -> Iterator[Figure]:
    """The times of uploads and previews, with idle workers."""
    small, large = pictures_of(12, options.folder), pictures_of(24, PREVIEWED_PHOTOS)
    with workers(options.processes), web_server() as (_, address):
        yield Figure(
            f"{len(small)} photos of 12 MP uploaded over HTTP until every thumbnail has been fetched", database,
            1000 * time_uploads(client(address, owner), small), TIME,
            UPLOAD_AIM if len(small) == UPLOADS else None,
        )  # fmt: skip
        person = User.objects.create_user("somebody who looks")
        upload(person, large)
        first, later = time_previews(client(address, person), person, options.rounds)
        yield from spread_figures("Preview of a 24 MP photo over HTTP, the first", database, first, FIRST_AIM)
        yield from spread_figures("Preview of a 24 MP photo over HTTP, every later one", database, later, LATER_AIM)


@contextmanager
def web_server() -> Iterator[tuple[int, str]]:
    """Run the product's web server on a free port; yields its process id and its address."""
    with listen("127.0.0.1", 0) as listener:
        address = browser_address("127.0.0.1", listener.getsockname()[1])
        part = web_part(Path(settings.STOPBATH_DATA), listener)
        part.start()
        try:
            if not wait_until_answering(address):
                raise RuntimeError("The web server does not start.")
            yield part.pid, address
        finally:
            part.stop()


def client(address: str, person: User) -> httpx2.Client:
    """An HTTP client with a token of that user."""
    _, key = Token.make(person)
    return httpx2.Client(base_url=address, headers={"Authorization": f"Token {key}"}, timeout=120)


def time_uploads(client: httpx2.Client, files: Sequence[Path]) -> float:
    """Seconds until files are uploaded in batches like the page's, and each thumbnail has been fetched."""
    batches = list(batched(files, BATCH_SIZE))
    began = time.monotonic()
    with client, ThreadPoolExecutor(PARALLEL_REQUESTS) as threads:
        set_id = upload_batch(client, batches[0])
        list(threads.map(lambda batch: upload_batch(client, batch, set_id), batches[1:]))
    return time.monotonic() - began


def upload_batch(client: httpx2.Client, batch: Sequence[Path], set_id: str = "") -> str:
    """Upload a batch into a set and fetch its thumbnails; returns the set's id. Raises RuntimeError."""
    files = [("files", (path.name, path.read_bytes(), "image/jpeg")) for path in batch]
    answer: Any = client.post("/api/photos", files=files, data={"set": set_id} if set_id else {}).json()
    photos = answer.get("photos", [])
    if len(photos) != len(batch):
        raise RuntimeError(f"Not let in: {answer}.")
    for photo in photos:
        wait_for(lambda at=f"/api/photos/{photo['id']}/thumbnail": client.get(at).status_code == 200, seconds=60)
    return str(photos[0]["set"])


def time_previews(client: httpx2.Client, person: User, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of the first preview of each photo, and of later previews with other options."""
    ids = [str(uuid) for uuid in Photo.objects.visible_to(person).values_list("uuid", flat=True)]
    with client:
        first = [time_preview(client, photo, STEPS) for photo in ids]
        later = [time_preview(client, ids[n % len(ids)], brighter_steps(n + 1)) for n in range(rounds)]
    return first, later


def brighter_steps(number: int) -> list[dict[str, Any]]:
    """Steps that differ for each number, so that no cache has their preview."""
    return [*STEPS, {"operation": "adjust", "options": {"brightness": number}}]


def time_preview(client: httpx2.Client, photo: str, steps: Sequence[dict[str, Any]]) -> float:
    """Milliseconds of a preview. Raises RuntimeError for an error."""
    began = time.perf_counter()
    answer = client.post("/api/preview", json={"photo": photo, "steps": steps})
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code}: {answer.text[:200]}")
    return (time.perf_counter() - began) * 1000
