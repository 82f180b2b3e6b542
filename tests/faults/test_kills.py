"""Killing what works."""

import os
import shutil
import signal

import pytest

from jobs import queue
from tests.crew import children, wait_for
from tests.engine.work import fresh, history, make_job

pytestmark = pytest.mark.real


def test_every_item_is_done_once_after_a_worker_was_killed(crew, ana):
    crew.beat()
    first = crew.worker()
    crew.worker()
    job = make_job(ana, items=200, seconds=0.03, results=True)
    wait_for(lambda: fresh(job).counts.succeeded > 10)

    first.kill()
    wait_for(lambda: fresh(job).status == "completed", 40)

    assert fresh(job).counts.succeeded == 200
    assert "rescue" in history(job)


def test_a_file_that_kills_its_worker_fails_and_the_batch_goes_on(crew, ana):
    crew.beat()
    crew.worker()
    job = make_job(ana, items=12, crash=[3])

    wait_for(lambda: fresh(job).status == "completed", 60)

    assert fresh(job).counts.succeeded == 11
    assert job.items.get(position=3).error == "This file crashed its worker three times."


@pytest.mark.parametrize("messages", ["kept", "thrown away"])
def test_work_goes_on_after_the_broker_was_killed(crew, broker, ana, messages):
    crew.beat()
    crew.worker()
    job = make_job(ana, items=150, seconds=0.05)
    waiting = [make_job(ana, items=3) for _ in range(3)]
    wait_for(lambda: fresh(job).counts.succeeded > 5)

    broker.kill()
    if messages == "thrown away":
        shutil.rmtree(broker.folder / "appendonlydir")
    broker.start()
    broker.wait_until_ready()

    wait_for(lambda: fresh(job).status == "completed", 40)
    assert fresh(job).counts.succeeded == 150
    wait_for(lambda: {fresh(one).status for one in waiting} == {"completed"})


def test_a_job_submitted_while_the_broker_was_away_is_done_when_it_is_back(crew, broker, ana):
    crew.beat()
    crew.worker()
    broker.kill()
    job = make_job(ana, items=5)
    queue.sender.submit(int).result()  # the attempt to send it has failed by now

    broker.start()
    broker.wait_until_ready()

    wait_for(lambda: fresh(job).status == "completed", 40)


def test_a_worker_that_was_stopped_past_its_lease_writes_nothing_when_it_wakes(crew, ana):
    crew.beat()
    first = crew.worker(1)
    job = make_job(ana, items=100, seconds=0.05, results=True)
    wait_for(lambda: fresh(job).counts.succeeded > 3)
    zombies = [first.pid, *children(first.pid)]
    for pid in zombies:
        os.kill(pid, signal.SIGSTOP)

    crew.worker()
    wait_for(lambda: "rescue" in history(job))
    for pid in zombies:
        os.kill(pid, signal.SIGCONT)
    wait_for(lambda: fresh(job).status == "completed", 40)

    assert fresh(job).counts.succeeded == 100
