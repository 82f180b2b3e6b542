"""Every attempt of every item is kept: number, worker, start, end, error."""

import pytest

from jobs.models.phase import MIN_PLANNED_CLAIM_SIZE
from jobs.recovery.rescue import rescue, rescue_lanes
from jobs.work import Outcome
from tests.jobs.recovery.test_rescue import fall_silent
from tests.jobs.work import make_job, reload, run_items, statuses, take_turn

pytestmark = pytest.mark.django_db


def attempts(job, position=1):
    item = job.items.get(phase=0, position=position)
    return [*item.attempts.all(), item]


def test_an_attempt_knows_who_made_it_and_when(ana):
    job = make_job(ana, items=1)
    run_items(job)

    (only,) = attempts(job)
    assert only.worker.name == "test"
    assert only.started_at <= only.ended_at


def test_a_retry_keeps_the_attempt_that_failed(ana):
    job = make_job(ana, items=2, fail=[1], fail_attempts=1)
    run_items(job)
    job.retry(by=ana, door="api")
    run_items(job)

    failed, now = attempts(job)
    assert (failed.number, failed.error, failed.worker.name) == (1, "This number cannot be counted.", "test")
    assert failed.started_at <= failed.ended_at <= now.started_at
    assert (now.attempt, now.status, now.error) == (2, "succeeded", "")


def test_an_attempt_that_died_with_its_worker_is_kept(ana):
    job = make_job(ana, items=1)
    lane = take_turn(job)
    lane.claim(1)
    fall_silent(lane)
    rescue_lanes()
    run_items(job)

    died, now = attempts(job)
    assert (died.number, died.worker.name, died.ended_at) == (1, "test", None)
    assert now.attempt == 2


def test_a_discard_keeps_the_attempts_and_forgets_what_went_wrong_with_them(ana, as_ana):
    job = make_job(ana, items=3, phases=["process", "classify"], fail=[2], fail_attempts=1, results=True)
    run_items(job, items=4)
    job.items.filter(position=2).update(faults=4, crashes=2)
    job.cancel(by=ana, door="api", discard=True)
    rescue()

    assert set(job.items.values_list("phase", "status", "faults", "crashes")) == {(0, "waiting", 0, 0)}
    for position, error in ((1, ""), (2, "This number cannot be counted.")):
        kept = job.items.get(position=position).attempts.get()
        assert (kept.number, kept.error, kept.worker.name) == (1, error, "test")
        assert kept.started_at <= kept.ended_at

    reload(job).resume(by=ana, door="api")
    run_items(job)
    told = as_ana.get(f"/api/jobs/{job.uuid}/items/2").json()
    assert [(one["number"], one["error"]) for one in told["attempts"]] == [
        (1, "This number cannot be counted."), (2, ""),
    ]  # fmt: skip
    assert statuses(job) == ["succeeded"] * 3


def test_programs_read_all_attempts_of_a_file(ana, as_ana):
    job = make_job(ana, items=1, fail=[1], fail_attempts=1)
    run_items(job)
    job.retry(by=ana, door="api")
    run_items(job)

    told = as_ana.get(f"/api/jobs/{job.uuid}/items/1").json()

    assert (told["position"], told["status"]) == (1, "succeeded")
    assert [one["number"] for one in told["attempts"]] == [1, 2]
    assert [one["error"] for one in told["attempts"]] == ["This number cannot be counted.", ""]
    assert set(told["attempts"][0]) == {"number", "worker", "started_at", "ended_at", "error"}


@pytest.mark.parametrize("position", ["0", "2", "x", "1e3", "9" * 30])
def test_a_file_that_is_not_there_is_not_found(ana, as_ana, position):
    job = make_job(ana, items=1)
    run_items(job)

    assert as_ana.get(f"/api/jobs/{job.uuid}/items/{position}").status_code == 404


def test_somebody_elses_attempts_are_not_found(ana, as_ben):
    job = make_job(ana, items=1)
    run_items(job)

    assert as_ben.get(f"/api/jobs/{job.uuid}/items/1").status_code == 404
    assert statuses(reload(job)) == ["succeeded"]


@pytest.mark.parametrize("max_items", [1, MIN_PLANNED_CLAIM_SIZE])
def test_each_attempt_has_a_token_of_its_own_also_in_the_next_phase_of_the_same_turn(ana, max_items):
    # Few items are planned before a lane claims them, many are claimed as they are planned.
    job = make_job(ana, items=2 * max_items, phases=["process", "classify"])
    lane = take_turn(job)
    tokens, works = [], lane.claim(max_items)
    while works:
        tokens += [work.token for work in works]
        works = lane.exchange([Outcome(work, "succeeded") for work in works], max_items) or []

    assert len(tokens) == 4 * max_items
    assert len(set(tokens)) == len(tokens)


def test_an_item_that_was_released_before_it_was_started_was_not_attempted(ana):
    job = make_job(ana, items=2)
    lane = take_turn(job)
    first, _ = [*lane.claim(1), *lane.claim(1)]
    lane.record([], started_ids=[first.id], rest=True)
    lane.pause()

    run_items(job)

    assert list(job.items.order_by("position").values_list("attempt", flat=True)) == [2, 1]
