"""The simulation in short, and the seeds of every past bug."""

import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.simulation.seeds import POSTGRESQL_SEEDS, SQLITE_SEEDS

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What `make simulate` prints on the database of the tests."""
    database = "sqlite"
    if connection.vendor == "postgresql":
        database = urlsplit(os.environ["DATABASE_URL"]).geturl()
    command = [sys.executable, "-m", "tests.simulation", "--database", database, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_no_order_of_events_breaks_a_promise():
    done = simulate("--seconds", "25", "--processes", "1")

    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_seeds_of_past_bugs_break_no_promise():
    seeds = POSTGRESQL_SEEDS if connection.vendor == "postgresql" else SQLITE_SEEDS
    if not seeds:
        pytest.skip("none of them was found on this database")
    done = simulate("--seeds", *map(str, seeds))

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_seed_is_the_same_schedule_each_time():
    first, second = simulate("--seeds", "3", "4"), simulate("--seeds", "3", "4")

    lines = first.stdout.splitlines()
    assert len(lines) > 50
    assert [line for line in lines if " a second" not in line] == [
        line for line in second.stdout.splitlines() if " a second" not in line
    ]
