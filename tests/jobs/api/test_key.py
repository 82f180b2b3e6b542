"""The Idempotency-Key of POST /api/jobs."""

from datetime import timedelta

import pytest
from django.db import connection

from jobs.clock import database_now
from jobs.models import IdempotencyKey, Job
from tests.jobs.kinds import counting
from tests.jobs.work import make_job, run_items

pytestmark = pytest.mark.django_db

BODY = {"kind": "counting", "items": 3}


def submit(client, key="a key", body=None):
    return client.send("post", "/api/jobs", body or BODY, headers={"Idempotency-Key": key})


def test_the_same_request_twice_is_one_job_and_the_same_answer(as_ana):
    first, again = submit(as_ana), submit(as_ana)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Job.objects.count() == 1


def test_the_order_of_the_bodys_keys_does_not_matter(as_ana):
    submit(as_ana)

    assert submit(as_ana, body={"items": 3, "kind": "counting"}).status_code == 201
    assert Job.objects.count() == 1


def test_another_body_is_a_409(as_ana):
    submit(as_ana)

    answer = submit(as_ana, body=BODY | {"items": 4})

    assert answer.status_code == 409
    assert answer.json() == {"error": "This Idempotency-Key was used for another request."}
    assert Job.objects.count() == 1


def test_another_key_is_another_job(as_ana):
    submit(as_ana, "one")
    submit(as_ana, "two")

    assert Job.objects.count() == 2


def test_without_a_key_every_request_is_a_job(as_ana):
    submit(as_ana, "")
    as_ana.send("post", "/api/jobs", BODY)

    assert Job.objects.count() == 2
    assert not IdempotencyKey.objects.exists()


def test_a_key_belongs_to_a_person(as_ana, as_ben):
    mine, theirs = submit(as_ana), submit(as_ben)

    assert mine.json()["id"] != theirs.json()["id"]


def test_a_job_that_has_moved_on_is_answered_as_it_stands(as_ana):
    job = Job.objects.get(uuid=submit(as_ana).json()["id"])
    run_items(job)

    assert submit(as_ana).json()["status"] == "completed"
    assert Job.objects.count() == 1


def test_a_key_is_free_after_a_day(as_ana):
    first = submit(as_ana).json()["id"]
    IdempotencyKey.objects.update(at=database_now() - timedelta(hours=24, seconds=1))

    assert submit(as_ana, body=BODY | {"items": 4}).json()["id"] != first


def test_a_key_is_kept_for_a_day(as_ana):
    first = submit(as_ana).json()["id"]
    IdempotencyKey.objects.update(at=database_now() - timedelta(hours=23, minutes=59))

    assert submit(as_ana).json()["id"] == first


def test_a_refused_request_does_not_use_up_its_key(as_ana):
    assert submit(as_ana, body={"kind": "counting", "items": 0}).status_code == 400

    assert submit(as_ana).status_code == 201


def test_a_key_has_at_most_255_characters(as_ana):
    assert submit(as_ana, "k" * 255).status_code == 201

    answer = submit(as_ana, "k" * 256)

    assert (answer.status_code, answer.json()) == (
        400, {"error": "The Idempotency-Key is longer than 255 characters."},
    )  # fmt: skip


@pytest.mark.parametrize("key", ["ä", "'; drop table jobs_job; --", "%00", '"quoted"', "a b"])
def test_a_key_may_be_any_text(as_ana, key):
    assert submit(as_ana, key).json()["id"] == submit(as_ana, key).json()["id"]


def test_the_key_of_another_persons_job_says_nothing(as_ben, ana):
    IdempotencyKey.objects.create(owner=ana, key="a key", digest="x", job=make_job(ana), at=database_now())

    assert submit(as_ben).json()["owner"] == "ben"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("broker_in_memory")
@pytest.mark.parametrize("key", ["", "a key"])
def test_a_request_is_checked_outside_the_transaction_that_writes_its_job(as_ana, monkeypatch, key):
    inside, usual = [], counting.submission

    def submission(*asked):
        inside.append(connection.in_atomic_block)
        return usual(*asked)

    monkeypatch.setattr(counting, "submission", submission)

    assert submit(as_ana, key).status_code == 201
    assert inside == [False]


@pytest.mark.parametrize(("items", "status"), [(3, 201), (4, 409)])
def test_a_request_with_the_key_that_is_quicker_decides_what_comes_of_it(as_ana, monkeypatch, items, status):
    usual, answers = counting.submission, []

    def submission(*asked):
        checked = usual(*asked)
        monkeypatch.setattr(counting, "submission", usual)
        answers.append(submit(as_ana, body=BODY | {"items": items}))
        return checked

    monkeypatch.setattr(counting, "submission", submission)
    answer = submit(as_ana)

    assert (answer.status_code, Job.objects.count()) == (status, 1)
    assert status == 409 or answer.json()["id"] == answers[0].json()["id"]


def test_the_same_request_is_not_checked_again(as_ana, monkeypatch):
    first = submit(as_ana)
    monkeypatch.setattr(counting, "submission", lambda *_: 1 / 0)

    assert submit(as_ana).json() == first.json()
