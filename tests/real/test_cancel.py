"""Cancelling with real workers."""

from datetime import timedelta

import pytest

from tests.crew import MAX_CLAIM_TIME, MAX_STOP_TIME, wait_for
from tests.jobs.work import event_names, make_job, reload

pytestmark = pytest.mark.real

ENDED = "A worker process ended in the middle of a turn: signal 9 (SIGKILL)"


def test_after_a_cancel_no_worker_starts_another_item(crew, ana):
    worker = crew.worker()
    job = make_job(ana, items=300, seconds=0.05)
    wait_for(lambda: reload(job).counts.succeeded > 10)

    job.cancel(by=ana, door="page")
    wait_for(lambda: reload(job).settled, 5)

    job = reload(job)
    assert not job.items.filter(started_at__gt=job.cancelled_at + MAX_CLAIM_TIME).exists()
    assert job.counts.succeeded + job.counts.skipped == 300
    assert job.counts.skipped > 100
    assert job.stop_time < MAX_STOP_TIME
    wait_for(lambda: f"Stopped job {job.uuid} in phase process" in crew.log(worker), 2)  # written after the commit


def test_resume_with_real_workers_does_exactly_the_rest(crew, ana):
    crew.worker()
    job = make_job(ana, items=100, seconds=0.02, results=True)
    wait_for(lambda: reload(job).counts.succeeded > 10)
    job.cancel(by=ana, door="page")
    wait_for(lambda: reload(job).settled, 5)
    done = dict(job.items.filter(result__isnull=False).values_list("position", "result"))

    job.resume(by=ana, door="page")
    wait_for(lambda: reload(job).status == "completed")

    assert reload(job).counts.succeeded == 100
    assert dict(job.items.filter(position__in=done).values_list("position", "result")) == done


def test_an_item_that_cannot_be_interrupted_ends_with_its_own_process_and_nobody_elses(crew, ana, ben):
    worker = crew.worker()
    deaf = make_job(ana, items=1, deaf=60)
    other = make_job(ben, items=60, seconds=0.05)
    wait_for(lambda: reload(deaf).counts.in_flight and reload(other).counts.succeeded)

    deaf.cancel(by=ana, door="page")
    wait_for(lambda: reload(deaf).settled, 10)
    crew.beat()
    wait_for(lambda: reload(other).status == "completed", 30)

    assert reload(deaf).stop_time < timedelta(seconds=3) + MAX_STOP_TIME
    wait_for(lambda: ENDED in crew.log(worker))  # the main process notices a moment after the item is given back
    said = crew.log(worker)
    assert said.count(f"job {deaf.uuid}, phase process, did not stop within 3 s") == 1
    assert said.count(ENDED) == 1
    assert "Traceback" not in said
    assert set(other.items.values_list("attempt", flat=True)) == {1}


def test_a_job_cancelled_while_no_worker_was_up_starts_nothing_when_one_comes(crew, ana):
    job = make_job(ana, items=10)
    job.cancel(by=ana, door="page")

    crew.worker()
    later = make_job(ana, items=3)
    wait_for(lambda: reload(later).status == "completed")

    assert event_names(job) == ["submit", "cancel", "settle"]
    assert not job.items.filter(started_at__isnull=False).exists()


def test_files_in_hand_may_finish_when_that_was_asked(crew, ana):
    crew.worker()
    job = make_job(ana, items=20, seconds=0.6)
    wait_for(lambda: reload(job).counts.in_flight)

    job.cancel(by=ana, door="page", finish=True)
    wait_for(lambda: reload(job).settled, 5)

    assert 1 <= reload(job).counts.succeeded <= 2
    assert not job.items.filter(attempt__gt=0, started_at=None).exists()


def test_a_request_in_flight_is_dropped_and_its_server_sees_it(crew, ana, slow_server):
    crew.worker()
    job = make_job(ana, items=3, ask=f"{slow_server.address}/silent")
    wait_for(lambda: len(slow_server.asked) == 2)

    job.cancel(by=ana, door="page")
    wait_for(lambda: reload(job).settled, 5)

    assert reload(job).stop_time < MAX_STOP_TIME
    wait_for(lambda: len(slow_server.abandoned) == 2, 2)
    assert len(slow_server.asked) == 2


def test_what_was_done_before_a_long_item_is_written_while_it_lasts_and_kept_by_a_cancel(crew, ana, tmp_path):
    crew.worker(1)
    job = make_job(ana, items=9, seconds=0.01, folder=str(tmp_path), at={"9": {"deaf": 60}})

    took = wait_for(lambda: reload(job).counts.succeeded == 8, 5)
    job.cancel(by=ana, door="page")
    wait_for(lambda: reload(job).settled, 5)

    assert reload(job).counts.succeeded == 8
    assert len([*tmp_path.iterdir()]) == 8
    print(f"8 quick files before a deaf one were counted after {took:.1f} s")
