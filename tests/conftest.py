"""Fixtures of all tests: three people, servers, a broker, workers."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.models import Job, Lane
from jobs.recovery.verify import find_differences
from photos.models import Photo, PhotoSet, StoredFile
from project.accounts.models import Token
from project.supervisor.broker import Broker
from tests.crew import Crew, database_url
from tests.jobs.work import make_job, run_items
from tests.slow_server import SlowServer, run_slow_server
from tests.vision_server import VisionServer
from tests.vision_server import run_vision_server as vision_running
from tests.web import Web

JOBS_TESTS = Path(__file__).parent / "jobs"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the tests of the engine; what takes minutes runs only when it is asked for by name: -m long.

    With several processes (pytest-xdist) one of them takes whatever waits for real parts, one after the other.
    """
    for item in items:
        if JOBS_TESTS in item.path.parents:
            item.add_marker("engine")
        if {"real", "browser"} & {mark.name for mark in item.iter_markers()}:
            item.add_marker(pytest.mark.xdist_group("real"))
    if "long" in config.getoption("markexpr"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hash passwords quickly: no test is about how slow they are to guess."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def data() -> Path:
    """The folder that STOPBATH_DATA names."""
    return Path(os.environ["STOPBATH_DATA"])


@pytest.fixture
def ana(django_user_model):
    """The owner."""
    return django_user_model.objects.create_user("ana", password="correct horse battery")


@pytest.fixture
def ben(django_user_model):
    """Another user."""
    return django_user_model.objects.create_user("ben", password="correct horse battery")


@pytest.fixture
def staff(django_user_model):
    """Somebody who may see the admin."""
    return django_user_model.objects.create_superuser("sam", password="correct horse battery")


@pytest.fixture
def slow_server() -> Iterator[SlowServer]:
    """A web server that lets its clients wait."""
    with run_slow_server() as server:
        yield server


@pytest.fixture(autouse=True)
def every_history_adds_up(request: pytest.FixtureRequest) -> Iterator[None]:
    """At the end of every test that has a database: counters and statuses agree with items and events."""
    asked_for = {"db", "transactional_db"} & {*request.fixturenames} or request.node.get_closest_marker("django_db")
    if asked_for:
        request.getfixturevalue("db")
    yield
    if asked_for and not request.node.get_closest_marker("askew"):
        assert [line for job in Job.objects.all() for line in find_differences(job)] == []


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A Valkey that the tests may kill, or the server that STOPBATH_TEST_BROKER names."""
    part = Broker(Path(os.environ["STOPBATH_DATA"]))
    part.command[0] = os.environ.get("STOPBATH_TEST_BROKER", part.command[0])
    part.start()
    part.wait_until_ready()
    yield part
    part.kill()


@pytest.fixture
def crew(transactional_db: None, broker: Broker, data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crew]:
    """Starts workers on the database of the test."""
    monkeypatch.setenv("DATABASE_URL", database_url())
    monkeypatch.setenv("C_FORCE_ROOT", "1")
    for old in data.glob("logs/worker-*.log"):
        old.unlink()
    crew = Crew(data)
    yield crew
    for part in crew.parts:  # shown where the test failed
        print(f"----- {part.name} said", crew.log(part)[-8000:], sep="\n")
    crew.end()
    Lane.objects.all().delete()


@pytest.fixture
def web(crew: Crew, data: Path, ana: Any) -> Iterator[Web]:
    """The web server, and a program of the owner's that speaks to it."""
    server = Web(data, Token.make(ana)[1])
    server.start()
    yield server
    server.part.kill()


@pytest.fixture
def vision_server() -> Iterator[VisionServer]:
    """An endpoint of a vision model."""
    with vision_running() as server:
        yield server


@pytest.fixture
def add_photo():
    """Puts a photo into somebody's library, without a file behind it: pages only name it."""
    made = 0

    def add(owner, name="IMG_1037.jpg", **facts) -> Photo:
        nonlocal made
        made += 1
        file = StoredFile.objects.create(
            sha256=f"{made:064x}", size=3_100_000, format=facts.get("format", "jpeg"), width=4000, height=3000
        )
        photo_set = facts.pop("set", None) or PhotoSet.objects.create(owner=owner)
        return Photo.objects.create(
            owner=owner, file=file, set=photo_set, name=name, format=file.format, path=facts.get("path", "")
        )

    return add


@pytest.fixture
def stopped(ana) -> Job:
    """A job of Ana's that did one file, failed one and was cancelled with one to go."""
    job = make_job(ana, items=3, fail=[2], error="This number is odd.", title="Three numbers")
    run_items(job, items=2)
    job.cancel(by=ana, door="api")
    return Job.objects.get(pk=job.pk)
