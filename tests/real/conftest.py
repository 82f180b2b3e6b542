"""Real parts: a Valkey, prefork workers and beat, in processes of their own, on the database of the tests."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from jobs.models import Job, Lane, Worker
from jobs.verify import differences
from project.supervisor.broker import Broker
from project.supervisor.parts import Part


def database_url() -> str:
    """The database that this test uses, as an address for other processes."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user = ":".join(quote(part, safe="") for part in (database["USER"], database["PASSWORD"]) if part)
    query = "".join(f"?host={quote(database['HOST'], safe='')}" for _ in [0] if database["HOST"].startswith("/"))
    host = "" if query else database["HOST"]
    return f"postgres://{user}@{host}:{database['PORT'] or 5432}/{database['NAME']}{query}"


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The data folder of this run of tests."""
    return Path(os.environ["STOPBATH_DATA"])


@pytest.fixture(scope="session")
def broker(data_folder: Path) -> Iterator[Broker]:
    """A Valkey that the tests may kill."""
    part = Broker(data_folder)
    part.start()
    part.wait_until_ready()
    yield part
    part.kill()


class Crew:
    """The workers and the beat of one test."""

    def __init__(self, data: Path) -> None:
        self.data, self.parts = data, list[Part]()

    def celery(self, name: str, *arguments: str) -> Part:
        """Start a Celery process and keep it."""
        part = Part(name, [sys.executable, "-m", "celery", "-A", "tests.real.app", *arguments], self.data)
        part.start()
        self.parts.append(part)
        return part

    def worker(self, processes: int = 2) -> Part:
        """Start a worker and wait until it takes tasks."""
        known = Worker.objects.alive().count()
        part = self.celery(
            f"worker-{len(self.parts)}", "worker", "-c", str(processes), "-l", "INFO", "--without-gossip",
            "--without-mingle", "-n", f"w{time.monotonic_ns()}@test",
        )  # fmt: skip
        wait_for(lambda: Worker.objects.alive().count() > known, 30)
        return part

    def beat(self) -> Part:
        """Start beat, which calls the rescuer."""
        return self.celery(f"beat-{len(self.parts)}", "beat", "-s", str(self.data / f"beat-{time.monotonic_ns()}"))

    def log(self, part: Part) -> str:
        """What a part has said."""
        return part.log.read_text()


@pytest.fixture
def crew(transactional_db: None, broker: Broker, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crew]:
    """Starts workers on the database of the test; at the end every history must add up."""
    monkeypatch.setenv("DATABASE_URL", database_url())
    monkeypatch.setenv("C_FORCE_ROOT", "1")
    for old in data_folder.glob("logs/worker-*.log"):
        old.unlink()
    crew = Crew(data_folder)
    yield crew
    for part in crew.parts:
        part.kill()
    assert [line for job in Job.objects.all() for line in differences(job)] == []
    Lane.objects.all().delete()


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something is so. Fails when it does not come to be in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.02)
