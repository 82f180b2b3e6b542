"""Many at once, on connections of their own: what only a database with row locks can show."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from jobs.errors import NotPossible
from jobs.models import Job, Lane
from jobs.recovery.verify import find_differences
from jobs.work import Outcome
from tests.jobs.conftest import Caller
from tests.jobs.work import event_names, make_job, reload, take_turn

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.usefixtures("broker_in_memory"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL locks rows"),
]

TRIALS = 200
HEAD_START = 0.1  # seconds


class Crowd:
    """Threads that do something at the same moment, each on a database connection of its own."""

    def __init__(self, size: int) -> None:
        self.size, self.barrier, self.pool = size, Barrier(size), ThreadPoolExecutor(size)

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        self.do(*[lambda: connection.close()] * self.size)  # each its own
        self.pool.shutdown()

    def do(self, *calls: Callable[[], Any]) -> list[Any]:
        """What the calls return."""
        return list(self.pool.map(self.together, calls))

    def together(self, call: Callable[[], Any]) -> Any:
        """Call once everybody is there."""
        connection.ensure_connection()
        self.barrier.wait()
        return call()


def in_hand(job: Job, lanes: int) -> list[tuple[Lane, Outcome]]:
    """Lanes with one item each, and what will have become of it."""
    hands = []
    for _ in range(lanes):
        lane = take_turn(job)
        (work,) = lane.claim(1)
        hands.append((lane, Outcome(work, "succeeded")))
    return hands


def finish(lane: Lane, outcome: Outcome) -> None:
    """Write the outcome and ask for more, as a worker does."""
    assert lane.record([outcome])
    assert lane.claim(1) == []


def late[T](seconds: float, call: Callable[[], T]) -> T:
    """What a call returns that is made after a moment."""
    time.sleep(seconds)
    return call()


def test_two_workers_that_do_the_last_two_items_at_once_leave_no_job_open(ana):
    with Crowd(2) as crowd:
        for _ in range(TRIALS):
            job = make_job(ana, items=2)

            crowd.do(*(partial(finish, *hand) for hand in in_hand(job, 2)))

            assert event_names(job) == ["submit", "start", "finish"]
    assert set(Job.objects.values_list("status", flat=True)) == {"completed"}
    assert not Lane.objects.filter(ended=False).exists()
    assert [list(find_differences(job)) for job in Job.objects.all()] == [[]] * TRIALS


def test_a_cancel_and_the_last_item_at_once_have_one_winner(ana):
    def cancel(job: Job) -> str:
        try:
            job.cancel(by=ana, door="api")
        except NotPossible:
            return "completed"
        return "cancelled"

    def finish_last(lane: Lane, outcome: Outcome) -> None:
        lane.record([outcome])
        lane.claim(1)

    winners = set()
    with Crowd(2) as crowd:
        # In two thirds of the trials one of them comes a little late, so that each of them wins some.
        for late_cancel, late_item in [(0.0, 0.0), (HEAD_START, 0.0), (0.0, HEAD_START)] * 14:
            job = make_job(ana, items=1)
            ((lane, outcome),) = in_hand(job, 1)

            told, _ = crowd.do(
                partial(late, late_cancel, partial(cancel, job)),
                partial(late, late_item, partial(finish_last, lane, outcome)),
            )

            winners.add(told)
            job = reload(job)
            assert (job.status, job.settled) == (told, True)
            assert event_names(job).count("finish") + event_names(job).count("cancel") == 1
            assert list(find_differences(job)) == []
    assert winners == {"completed", "cancelled"}


def test_fifty_callers_who_cancel_one_job_get_the_same_answer_and_make_one_move(ana):
    job = make_job(ana, items=3)
    in_hand(job, 1)
    callers = [Caller(ana) for _ in range(50)]

    with Crowd(50) as crowd:
        answers = crowd.do(*(partial(caller.send, "post", f"/api/cancel/{job.uuid}") for caller in callers))

    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b'{"success":true}')}
    assert event_names(job) == ["submit", "start", "cancel"]


def test_lanes_that_claim_at_once_never_share_an_item(ana):
    job = make_job(ana, items=400)
    Lane.add(job, 2)
    lanes = [take_turn(job) for _ in range(4)]

    def claim_all(lane: Lane) -> list[int]:
        mine: list[int] = []
        while works := lane.claim(7):
            assert len(works) <= 7
            mine += [work.position for work in works]
        return mine

    with Crowd(4) as crowd:
        claimed = crowd.do(*(partial(claim_all, lane) for lane in lanes))

    everything = [position for mine in claimed for position in mine]
    assert sorted(everything) == list(range(1, 401))
    assert job.items.filter(status="running").count() == 400


def test_ten_resumes_at_once_make_one_run(ana):
    job = make_job(ana)
    job.cancel(by=ana, door="api")
    callers = [Caller(ana) for _ in range(10)]

    with Crowd(10) as crowd:
        answers = crowd.do(*(partial(caller.send, "post", f"/api/jobs/{job.uuid}/resume") for caller in callers))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    assert reload(job).run == 2


def test_a_delete_and_other_verbs_at_once_break_nothing(ana):
    callers = [Caller(ana) for _ in range(4)]
    verbs = [("delete", ""), ("post", "/resume"), ("post", "/cancel"), ("delete", "")]
    with Crowd(4) as crowd:
        for _ in range(15):
            job = make_job(ana)
            job.cancel(by=ana, door="api")

            answers = crowd.do(
                *(
                    partial(caller.send, verb, f"/api/jobs/{job.uuid}{address}")
                    for caller, (verb, address) in zip(callers, verbs, strict=True)
                )
            )

            assert {answer.status_code for answer in answers} <= {200, 204, 400, 404, 409}


def test_the_same_key_sent_twenty_times_at_once_makes_one_job(ana):
    callers = [Caller(ana) for _ in range(20)]
    body, key = {"kind": "counting", "items": 2}, {"Idempotency-Key": "once"}

    with Crowd(20) as crowd:
        answers = crowd.do(*(partial(caller.send, "post", "/api/jobs", body, headers=key) for caller in callers))

    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["id"] for answer in answers} == {str(Job.objects.get().uuid)}


def test_a_key_sent_with_two_bodies_at_once_makes_one_job(ana):
    callers, key = [Caller(ana) for _ in range(6)], {"Idempotency-Key": "once"}
    bodies = [{"kind": "counting", "items": 1 + n % 2} for n in range(6)]

    with Crowd(6) as crowd:
        answers = crowd.do(
            *(
                partial(caller.send, "post", "/api/jobs", body, headers=key)
                for caller, body in zip(callers, bodies, strict=True)
            )
        )

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 3
    assert Job.objects.count() == 1
