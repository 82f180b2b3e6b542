"""How the files of a job get their rows: piece by piece, each once, in their order."""

import random

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from jobs.models import Item, Job
from jobs.models.phase import MIN_PLANNED_CLAIM_SIZE, PLAN_BATCH_SIZE
from jobs.recovery.rescue import discard
from jobs.recovery.verify import find_differences
from jobs.sources import Numbers, Rows, SelectedRows, SucceededItems
from jobs.work import Outcome
from tests.jobs.kinds import CountPhase
from tests.jobs.work import make_job, reload, run_items, statuses, take_turn

pytestmark = pytest.mark.django_db


def keys(source, after=0, limit=100):
    """What a source gives: key, ref and name of each item."""

    with connection.cursor() as cursor:
        cursor.execute(*source.select(after, limit))
        return [tuple(row) for row in cursor.fetchall()]


@pytest.fixture
def jobs(ana):
    """Rows to select from: any will do."""
    return [make_job(ana, title=name) for name in ("a", "b", "c")]


def test_rows_are_given_by_rising_key_with_their_names(jobs):
    source = Rows(Job.objects.all(), name="title")
    pks = [job.pk for job in jobs]

    assert source.count() == 3
    assert keys(source) == [(pks[0], pks[0], "a"), (pks[1], pks[1], "b"), (pks[2], pks[2], "c")]
    assert [name for _, _, name in keys(source, after=pks[0], limit=1)] == ["b"]


def test_a_list_is_given_in_its_order_and_what_is_gone_is_called_deleted(jobs):
    a, _, c = (job.pk for job in jobs)
    source = SelectedRows([c, 10**9, a], Job.objects.all(), name="title")

    assert source.count() == 3
    assert keys(source) == [(1, c, "c"), (2, 10**9, "deleted"), (3, a, "a")]
    assert keys(source, after=1, limit=1) == [(2, 10**9, "deleted")]
    assert keys(source, after=3) == []


def test_numbers_begin_at_one(db):
    assert keys(Numbers(3, name="n")) == [(1, None, "n"), (2, None, "n"), (3, None, "n")]
    assert keys(Numbers(3), after=2) == [(3, None, "")]
    assert keys(Numbers(3), after=3) == []
    assert len(keys(Numbers(1_000_000), after=999_000, limit=5000)) == 1000


@pytest.mark.askew
def test_what_succeeded_is_given_once_to_the_phase_that_follows(ana):
    job = make_job(ana, items=4, fail=[2])
    run_items(job)
    source = SucceededItems(job.pk, phase=1)

    assert source.count() == 3
    assert [position for position, _, _ in keys(source)] == [1, 3, 4]
    Item.objects.create(job=job, phase=1, position=3, name="number")
    assert [position for position, _, _ in keys(source)] == [1, 4]


def test_a_submit_makes_no_rows_and_a_claim_makes_one_piece(ana):
    job = make_job(ana, items=PLAN_BATCH_SIZE + 1)
    assert not Item.objects.exists()

    take_turn(job).claim(1)

    assert job.items.count() == PLAN_BATCH_SIZE
    run_items(job)
    assert list(job.items.order_by("position").values_list("position", flat=True)) == list(range(1, 2002))


def test_many_items_taken_at_once_get_their_rows_in_the_hands_of_the_lane(ana):
    job = make_job(ana, items=10 * MIN_PLANNED_CLAIM_SIZE)
    lane = take_turn(job)

    works = lane.claim(MIN_PLANNED_CLAIM_SIZE)

    assert [work.position for work in works] == list(range(1, MIN_PLANNED_CLAIM_SIZE + 1))
    assert set(job.items.values_list("id", "attempt")) == {(work.id, 1) for work in works}
    assert lane.claims.count() == job.items.count() == reload(job).phase_rows[0].planned == MIN_PLANNED_CLAIM_SIZE


def test_many_items_taken_at_once_wait_again_when_they_are_given_back(ana):
    job = make_job(ana, items=10 * MIN_PLANNED_CLAIM_SIZE)
    lane = take_turn(job)
    lane.claim(MIN_PLANNED_CLAIM_SIZE)

    lane.hand_over()
    run_items(job)

    assert reload(job).counts.succeeded == 10 * MIN_PLANNED_CLAIM_SIZE
    assert set(job.items.values_list("attempt", flat=True)) == {1}
    assert list(job.items.order_by("finish")[:3].values_list("position", flat=True)) == [1, 2, 3]


def test_a_resume_goes_on_planning_where_the_cancel_stopped_it(ana):
    job = make_job(ana, items=PLAN_BATCH_SIZE + 3)
    run_items(job, items=1)
    job.cancel(by=ana, door="page")
    job.resume(by=ana, door="page")

    run_items(job)

    assert reload(job).counts.succeeded == PLAN_BATCH_SIZE + 3
    assert set(job.items.values_list("attempt", flat=True)) == {1}


def test_files_whose_first_attempt_was_discarded_are_not_followed_when_they_fail(ana):
    job = make_job(ana, items=2, phases=["process", "classify", "catalogue"], results=True)
    while reload(job).phase_number < 2:
        run_items(job, items=1)
    job.cancel(by=ana, door="page", discard=True)
    discard(reload(job))
    Job.objects.filter(pk=job.pk).update(spec=job.spec | {"fail": [2]})
    job.resume(by=ana, door="page")

    run_items(job)

    assert statuses(job) == ["succeeded", "failed"]
    phases = [(phase.total, phase.succeeded) for phase in reload(job).phase_rows]
    assert phases == [(2, 1), (1, 1), (1, 1)]
    assert list(find_differences(job)) == []


@pytest.fixture
def people(monkeypatch, django_user_model):
    """Keys of forty rows to select from; pieces are small."""
    monkeypatch.setattr("jobs.models.phase.PLAN_BATCH_SIZE", 3)
    django_user_model.objects.bulk_create(django_user_model(username=f"chosen{number}") for number in range(40))
    return list(chosen().order_by("pk").values_list("pk", flat=True))


def chosen():
    return get_user_model().objects.filter(username__startswith="chosen")


def refs(job):
    return list(job.items.filter(ref__isnull=False).order_by("position").values_list("ref", flat=True))


SOURCES = {
    "rows": lambda keys: Rows(chosen(), name="username"),
    "listed": lambda keys: SelectedRows(keys, get_user_model().objects.all(), name="username"),
}


@pytest.mark.parametrize("many", [2, 1000], ids=["as they are taken", "ahead"])
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("seed", range(2))
def test_each_file_gets_one_row_whichever_others_leave_the_selection_meanwhile(
    ana, people, monkeypatch, seed, source, many
):
    chance = random.Random(seed)
    monkeypatch.setattr("jobs.models.phase.MIN_PLANNED_CLAIM_SIZE", many)
    monkeypatch.setattr(CountPhase, "source", lambda self, job: SOURCES[source](people))
    job, gone = make_job(ana, items=len(people)), set()
    lane = take_turn(job)

    while taken := lane.claim(chance.randint(1, 5)):
        assert lane.record([Outcome(work, "succeeded") for work in taken])
        deleted, renamed = chance.sample(people, 2)
        chosen().filter(pk=deleted).delete()
        chosen().filter(pk=renamed).update(username=f"other{renamed}")
        gone |= {deleted, renamed}

    planned = refs(job)
    assert len(planned) == len(set(planned))
    assert set(planned) >= set(people) - gone
    assert reload(job).counts.succeeded == len(people)


def test_more_files_than_one_piece_may_leave_the_selection(ana, people, monkeypatch):
    monkeypatch.setattr(CountPhase, "source", lambda self, job: SOURCES["rows"](people))
    job = make_job(ana, items=len(people))
    run_items(job, items=1)
    chosen().filter(pk__in=people[20:30]).delete()

    run_items(job)

    assert refs(job) == [*people[:20], *people[30:]]
    assert [item.name for item in job.items.filter(position__gt=30)] == ["no longer selected"] * 10


@pytest.mark.askew
def test_verify_tells_of_a_file_that_was_planned_twice(ana):
    job = make_job(ana, items=2)
    run_items(job)
    assert list(find_differences(job)) == []

    job.items.update(ref=7)

    assert list(find_differences(job)) == ["phase process has two items for the same file"]
