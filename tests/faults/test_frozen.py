"""A worker that is frozen in the middle of a transaction: with the job's row, or on SQLite the database, locked."""

import signal
import time

import pytest
from django.db import connection

from tests.crew import SLOWDOWN, can_write, descendant_pids, finished_count, send_signal, wait_for
from tests.faults.checks import assert_whole
from tests.jobs.work import event_names, make_job, reload

pytestmark = pytest.mark.real
SILENT = 3  # seconds


def freeze_writing(job, child):
    """Stop a process in the middle of a transaction of that job."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        send_signal(signal.SIGSTOP, child)
        if not can_write(job) and not can_write(job):
            return
        send_signal(signal.SIGCONT, child)
        time.sleep(0.002)
    pytest.fail("it was never in the middle of a transaction")


@pytest.fixture
def frozen(crew, ana, tmp_path, monkeypatch):
    """A job, and its worker's one child, frozen while it writes."""
    monkeypatch.setenv("STOPBATH_MAX_IDLE_SECONDS", str(SILENT))
    crew.beat()
    (child,) = descendant_pids(crew.worker(1).pid)
    job = make_job(ana, items=3000, seconds=0.001, folder=str(tmp_path), phases=["process"])
    wait_for(lambda: finished_count(job) > 20)
    freeze_writing(job, child)
    yield job, child
    send_signal(signal.SIGCONT, child)


def test_others_get_the_row_and_its_claims_are_lost(crew, ana, frozen, tmp_path):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: see below")
    job, child = frozen
    took = wait_for(lambda: "rescue" in event_names(job), (SILENT + 6) * SLOWDOWN)
    crew.worker(1)
    send_signal(signal.SIGCONT, child)
    wait_for(lambda: reload(job).status == "completed", 60)

    assert_whole(job)
    assert reload(job).counts.succeeded == 3000
    assert set(job.items.values_list("attempt", flat=True)) <= {1, 2}
    # What the frozen one had made and could not write any more is gone, too.
    wait_for(lambda: len([*tmp_path.iterdir()]) == 3000, 5 * SLOWDOWN)
    print(f"a worker frozen in mid-transaction: its items were taken back after {took:.1f} s")


def test_on_sqlite_whoever_waits_for_its_turn_makes_it_go_on(crew, ana, frozen):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has a line of writers")
    job, _ = frozen
    began = time.monotonic()
    reload(job).cancel(by=ana, door="page")
    took = time.monotonic() - began
    wait_for(lambda: reload(job).settled, 5 * SLOWDOWN)

    assert took < 2.5 * SLOWDOWN
    assert job.items.filter(status="succeeded").count() == reload(job).finished
    print(f"a worker frozen while it writes: a cancel had to wait for {took:.1f} s")
