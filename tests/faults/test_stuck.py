"""Code that keeps the interpreter's lock: nothing else of its process runs, not even the watcher."""

import pytest

from tests.crew import SLOWDOWN, descendant_pids, wait_for
from tests.jobs.work import event_names, make_job, reload

pytestmark = pytest.mark.real
STUCK = 3  # seconds
LEASE = 6  # seconds until work goes on elsewhere, by the design


def test_a_process_that_is_stuck_ends_itself_and_its_file_is_tried_again(crew, ana, ben, monkeypatch):
    monkeypatch.setenv("STOPBATH_MAX_STUCK_SECONDS", str(STUCK))
    crew.beat()
    worker = crew.worker()
    before = {*descendant_pids(worker.pid)}
    # Long, but not stuck: it lets the watcher run, which puts the shot off.
    other = make_job(ben, items=20, seconds=0.06, at={"1": {"deaf": STUCK + 1}})
    wait_for(lambda: reload(other).counts.in_flight)
    job = make_job(ana, items=3, at={"2": {"hog": 40, "hog_attempts": 1}})

    took = wait_for(lambda: len(before - {*descendant_pids(worker.pid)}) == 1, (STUCK + LEASE) * SLOWDOWN)
    wait_for(lambda: reload(job).status == "completed", LEASE * SLOWDOWN)
    wait_for(lambda: reload(other).status == "completed", LEASE * SLOWDOWN)

    assert f"Timeout (0:00:0{STUCK})!" in crew.log(worker)
    item = job.items.get(position=2)
    assert (item.status, item.attempt, item.crashes, item.attempts.count()) == ("succeeded", 2, 1, 1)
    assert reload(job).counts.succeeded == 3
    assert event_names(job).count("rescue") == 1
    assert "rescue" not in event_names(other)
    assert set(other.items.values_list("attempt", "crashes")) == {(1, 0)}
    print(f"a process stuck for {STUCK} s had ended {took:.1f} s after its job was submitted")
