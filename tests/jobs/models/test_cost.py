"""What verbs cost: the same for ten files and for thousands."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.api.serializers import job_json
from jobs.clock import database_now
from jobs.models import Job, Lane
from jobs.models.items_page import items_after
from jobs.models.lane import LEASE_SECONDS
from jobs.recovery.rescue import rescue
from jobs.work import Outcome
from tests.jobs.work import clear_removed_jobs, make_job, reload, run_items, take_turn

pytestmark = pytest.mark.django_db


def statements(call):
    """How many statements a call sends to the database."""
    with CaptureQueriesContext(
        connection,
    ) as sent:
        call()
    return len(sent)


def half_done(owner, items):
    """A job that has begun."""
    job = make_job(owner, items=items)
    run_items(job, items=5)
    return job


def test_submitting_costs_the_same_for_any_number_of_items(ana):
    few, many = (statements(lambda n=n: make_job(ana, items=n)) for n in (10, 100_000))

    assert few == many


def test_cancelling_costs_the_same_for_any_number_of_items(ana):
    few, many = half_done(ana, 10), half_done(ana, 100_000)

    assert statements(lambda: few.cancel(by=ana, door="page")) == statements(lambda: many.cancel(by=ana, door="page"))


def test_looking_costs_the_same_for_any_number_of_items(ana):
    few, many = half_done(ana, 10), half_done(ana, 100_000)

    def look(job):
        return statements(lambda: job_json(Job.objects.with_counts().get(pk=job.pk)))

    assert look(few) == look(many)


@pytest.mark.parametrize("address", ["/api/jobs/{0}", "/api/jobs", "/jobs"])
def test_looking_does_not_read_the_ten_thousand_ids_that_a_job_may_have_been_given(ana, client, address):
    job = half_done(ana, 10)
    client.force_login(ana)

    with CaptureQueriesContext(connection) as sent:
        client.get(address.format(job.uuid))

    assert not [one["sql"] for one in sent if '"spec"' in one["sql"]]


def reads_of_spec(call):
    """The statements of a call that read what a job was given."""
    with CaptureQueriesContext(connection) as sent:
        call()
    return [one["sql"] for one in sent if '"spec"' in one["sql"]]


def test_no_verb_reads_the_ten_thousand_ids_that_a_job_may_have_been_given(ana):
    job = half_done(ana, 10)
    for verb in ("cancel", "resume", "cancel"):
        assert reads_of_spec(lambda verb=verb: getattr(reload(job), verb)(by=ana, door="page")) == []
    job.items.filter(status="succeeded").update(status="failed")
    job.phases.update(succeeded=0, failed=5)
    assert reads_of_spec(lambda: reload(job).retry(by=ana, door="page")) == []
    assert reads_of_spec(lambda: Job.objects.cancel(by=ana, door="page")) == []
    assert reads_of_spec(lambda: reload(job).remove(by=ana, door="page")) == []
    assert reads_of_spec(clear_removed_jobs) == []


def test_a_lane_reads_what_its_job_was_given_once_in_a_turn(ana):
    job = make_job(ana, items=3000)
    now = database_now()

    def turn():
        lane = take_turn(job)
        for _ in range(3):
            works = lane.claim(300)
            lane.record([Outcome(one, "succeeded", now, now) for one in works[:100]])
            lane.exchange([Outcome(one, "succeeded", now, now) for one in works[100:]], 1)
        lane.record_heartbeat()
        lane.record([], rest=True)

    assert len(reads_of_spec(turn)) == 1


def test_the_rescuer_reads_nothing_that_a_job_was_given(ana, monkeypatch):
    monkeypatch.setattr("jobs.models.rerun.REQUEUE_BATCH_SIZE", 1)
    silent, stopping, removed = (half_done(ana, 10) for _ in range(3))
    retried = make_job(ana, items=3, fail=[1, 2])
    run_items(retried)
    reload(retried).retry(by=ana, door="page")
    for job in (silent, stopping):
        take_turn(job).claim(1)
    Lane.objects.filter(job=silent, working=True).update(beat_at=database_now() - timedelta(seconds=2 * LEASE_SECONDS))
    reload(stopping).cancel(by=ana, door="page")
    reload(removed).cancel(by=ana, door="page")
    reload(removed).remove(by=ana, door="page")

    assert reads_of_spec(rescue) == []
    assert silent.events.filter(event="rescue").exists()
    assert retried.items.waiting().count() == 1
    assert not Job.everything.filter(pk=removed.pk).exists()


def test_a_list_costs_the_same_for_any_number_of_jobs(ana):
    def listed():
        return statements(lambda: [job_json(job) for job in Job.objects.with_counts().newest_first()])

    half_done(ana, 10).cancel(by=ana, door="page")
    one = listed()
    for _ in range(5):
        half_done(ana, 10).cancel(by=ana, door="page")

    assert listed() == one


@pytest.mark.parametrize("status", ["failed", "running", "waiting"])
def test_a_few_items_in_a_status_are_found_by_an_index_of_their_own(ana, status):
    job = half_done(ana, 100)
    with CaptureQueriesContext(connection) as sent:
        items_after(job, status, 0, 500)
    statements = [one["sql"] for one in sent if "jobs_item" in one["sql"]]

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + statements[0])
        plan = str(cursor.fetchall())

    assert f"{status}_items" in plan


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite is given one outcome after the other")
def test_outcomes_find_their_items_however_few_the_statistics_expect(ana):
    assert connection.vendor == "postgresql"
    before = half_done(ana, 2000)
    run_items(before)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE jobs_item")  # now no item is in a lane's hands
    with CaptureQueriesContext(connection) as sent:
        run_items(make_job(ana, items=2000))
    updates = [one["sql"] for one in sent if "json_to_recordset" in one["sql"]]
    longest = max(updates, key=len)

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + longest)
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "jobs_item_pkey" in plan
    assert "running_items" not in plan  # which the statistics take for empty
    assert "Join Filter" not in plan  # each with each


def test_what_every_page_knows_of_jobs_is_asked_for_once(ana, client):
    half_done(ana, 10)
    client.force_login(ana)

    with CaptureQueriesContext(connection) as sent:
        client.get("/jobs")

    asked = [one["sql"] for one in sent if 'FROM "jobs_job"' in one["sql"]]
    assert len(asked) == len(set(asked)) == 5  # this page's, newer, older, active, warnings
