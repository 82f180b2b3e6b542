"""A database that crashes in the middle of a batch."""

import shutil
import signal
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from project.supervisor.parts import STOP_SECONDS
from tests.crew import MAX_STOP_TIME, database_url, finished_count, send_signal, wait_for
from tests.faults.checks import assert_whole, goes_on
from tests.faults.postgres import Postgres, binaries
from tests.jobs.work import event_names, make_job, reload

pytestmark = [
    pytest.mark.real,
    pytest.mark.postgres,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite is a file: it has no server that crashes"),
    pytest.mark.skipif(binaries() is None, reason="needs the programs of PostgreSQL"),
]
BACK = 15.0  # seconds until work goes on, by the design


@pytest.fixture
def postgres(crew, monkeypatch):
    """A PostgreSQL of its own, in which this test and its workers keep everything."""
    folder = Path(tempfile.mkdtemp(prefix="stopbath-postgres-"))
    server = Postgres(folder)
    server.start()
    usual = connection.settings_dict.copy()
    connection.close()
    connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": server.port, "USER": "stopbath", "PASSWORD": ""}
    connection.settings_dict["NAME"] = "postgres"
    call_command("migrate", verbosity=0)
    monkeypatch.setenv("DATABASE_URL", database_url())
    yield server
    crew.end()
    connection.close()
    connection.settings_dict.update(usual)
    server.crash()
    shutil.rmtree(folder)
    folder.with_suffix(".log").unlink()


@pytest.fixture
def owner(postgres, django_user_model):
    """Somebody who is known in that database."""
    return django_user_model.objects.create_user("eve")


def test_a_batch_goes_on_when_the_database_is_back_and_no_file_is_blamed(crew, postgres, owner, tmp_path):
    assert connection.vendor == "postgresql"
    crew.beat()
    crew.worker()
    job = make_job(owner, items=120, seconds=0.05, folder=str(tmp_path))
    for seconds in (0, 8):
        before = finished_count(job)
        wait_for(lambda before=before: finished_count(job) > before + 10)
        postgres.crash()
        connection.close()
        time.sleep(seconds)
        postgres.start()
        goes_on(job, f"the database crashed and was away for {seconds} s", BACK)
    wait_for(lambda: reload(job).status == "completed", 60)

    assert_whole(job)
    assert set(job.items.values_list("crashes", flat=True)) == {0}
    assert "rescue" not in event_names(job)
    assert len([*tmp_path.iterdir()]) == 120


def test_a_file_that_takes_too_long_is_ended_while_the_database_is_away(crew, postgres, owner, monkeypatch, tmp_path):
    monkeypatch.setenv("STOPBATH_MAX_SECONDS", "2")
    crew.worker()
    job = make_job(owner, items=1, seconds=60, mark=str(tmp_path / "begun"))
    wait_for((tmp_path / "begun").exists)

    postgres.crash()
    connection.close()
    time.sleep(6)
    postgres.start()
    wait_for(lambda: reload(job).status == "failed")

    item = job.items.get()
    assert (item.error, item.crashes) == ("This file took longer than 2 s.", 0)
    assert item.ended_at - item.started_at < timedelta(seconds=2) + MAX_STOP_TIME


def test_a_worker_that_is_told_to_end_ends_while_the_database_is_away(crew, postgres, owner, tmp_path):
    worker = crew.worker()
    make_job(owner, items=1, deaf=60, mark=str(tmp_path / "begun"))
    wait_for((tmp_path / "begun").exists)

    postgres.crash()
    connection.close()
    send_signal(signal.SIGTERM, worker.pid)
    try:
        took = wait_for(lambda: not worker.is_running(), 2 * STOP_SECONDS)
    finally:
        postgres.start()

    print(f"TERM with a deaf file in hand and no database: the worker had ended after {took:.1f} s")
