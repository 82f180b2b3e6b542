"""A cancel while other things go wrong."""

import signal
import time

import pytest

from jobs.errors import NotPossible
from tests.crew import (
    MAX_CLAIM_TIME,
    MAX_STOP_TIME,
    SLOWDOWN,
    descendant_pids,
    finished_count,
    freeze,
    send_signal,
    wait_for,
)
from tests.jobs.work import event_names, make_job, reload

pytestmark = pytest.mark.real


def cancel(job, by, **how):
    """Cancel it, and print what that took."""
    began = time.monotonic()
    assert reload(job).cancel(by=by, door="page", **how)
    return time.monotonic() - began


def nothing_started_since(job):
    """No item of the job was begun after its cancel."""
    job = reload(job)
    return not job.items.filter(started_at__gt=job.cancelled_at + MAX_CLAIM_TIME).exists()


def test_with_redis_stopped_a_cancel_is_as_quick_and_nothing_starts_when_it_is_back(crew, broker, ana):
    crew.beat()
    crew.worker()
    job, waiting = make_job(ana, items=400, seconds=0.05), make_job(ana, items=5, seconds=0.05)
    wait_for(lambda: finished_count(job) > 5)
    broker.kill()

    took = cancel(job, ana)
    cancel(waiting, ana)
    wait_for(lambda: reload(job).settled and reload(waiting).settled, 5)
    broker.start()
    broker.wait_until_ready()
    later = make_job(ana, items=2)
    wait_for(lambda: reload(later).status == "completed", 30)

    assert reload(job).stop_time < MAX_STOP_TIME
    assert nothing_started_since(job)
    assert nothing_started_since(waiting)
    print(f"cancel without a broker: {took * 1000:.0f} ms, stopped in {reload(job).stop_time.total_seconds():.2f} s")


def test_right_after_every_worker_was_killed_it_settles_and_nothing_starts_when_others_come(crew, ana):
    crew.beat()
    worker = crew.worker()
    job = make_job(ana, items=100, seconds=0.1)
    wait_for(lambda: finished_count(job) > 2)
    worker.kill()

    cancel(job, ana)
    assert not reload(job).settled
    took = wait_for(lambda: reload(job).settled, 6 * SLOWDOWN)
    crew.worker()
    later = make_job(ana, items=2)
    wait_for(lambda: reload(later).status == "completed")

    assert nothing_started_since(job)
    assert [*dict.fromkeys(event_names(job))] == ["submit", "start", "cancel", "rescue", "settle"]
    assert event_names(job)[-1] == "settle"
    print(f"cancel with all workers dead: settled after {took:.1f} s (design: 6 s)")


def test_during_the_planning_of_a_million_items_it_stops_that_too(crew, ana):
    crew.worker()
    job = make_job(ana, items=1_000_000)
    wait_for(lambda: reload(job).phase_rows[0].planned)

    took = cancel(job, ana)
    wait_for(lambda: reload(job).settled, 5)
    planned = reload(job).phase_rows[0].planned
    time.sleep(0.5)

    job = reload(job)
    assert job.phase_rows[0].planned == planned < 1_000_000
    assert job.counts.succeeded + job.counts.skipped == 1_000_000
    assert job.stop_time < MAX_STOP_TIME
    print(f"cancel of a million items: {took * 1000:.0f} ms, stopped in {job.stop_time.total_seconds():.2f} s")


def test_a_lane_that_wakes_up_after_a_resume_writes_nothing(crew, ana, tmp_path):
    crew.beat()
    first = crew.worker(1)
    job = make_job(ana, items=40, seconds=0.05, folder=str(tmp_path))
    wait_for(lambda: finished_count(job) > 2 and reload(job).counts.in_flight)
    ids = {*job.lanes.values_list("task_id", flat=True)}
    zombies = [first.pid, *descendant_pids(first.pid)]
    freeze(job, *zombies)

    cancel(job, ana)
    with pytest.raises(NotPossible, match="still stopping"):
        reload(job).resume(by=ana, door="page")
    wait_for(lambda: reload(job).settled, 6 * SLOWDOWN)
    crew.worker(1)
    reload(job).resume(by=ana, door="page")
    send_signal(signal.SIGCONT, *zombies)
    wait_for(lambda: reload(job).status == "completed")

    assert not ids & {*job.lanes.filter(run=2).values_list("task_id", flat=True)}
    assert reload(job).counts.succeeded == 40
    wait_for(lambda: len([*tmp_path.iterdir()]) == 40, 5)  # what the zombie had made is gone
    assert sorted(int(path.read_text()) for path in tmp_path.iterdir()) == list(range(1, 41))


def test_what_was_made_is_discarded_when_that_was_asked_and_made_again_by_a_resume(crew, ana, tmp_path):
    crew.beat()
    crew.worker()
    job = make_job(ana, items=60, seconds=0.02, folder=str(tmp_path), phases=["process", "classify"])
    wait_for(lambda: finished_count(job) > 10)

    cancel(job, ana, discard=True)
    with pytest.raises(NotPossible):
        reload(job).resume(by=ana, door="page")
    wait_for(lambda: reload(job).settled, 5)
    assert [*tmp_path.iterdir()] == []
    assert (reload(job).counts.succeeded, reload(job).counts.skipped) == (0, 60)

    reload(job).resume(by=ana, door="page")
    wait_for(lambda: reload(job).status == "completed", 30)
    assert sorted(int(path.read_text()) for path in tmp_path.iterdir()) == list(range(1, 61))
