"""What verbs cost: the same for ten files and for thousands."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.api.representation import job_json
from jobs.models import Job
from tests.engine.work import make_job, work

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
    work(job, items=5)
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
        return statements(lambda: job_json(Job.objects.counted().get(pk=job.pk)))

    assert look(few) == look(many)


def test_a_list_costs_the_same_for_any_number_of_jobs(ana):
    def listed():
        return statements(lambda: [job_json(job) for job in Job.objects.counted().newest()])

    half_done(ana, 10).cancel(by=ana, door="page")
    one = listed()
    for _ in range(5):
        half_done(ana, 10).cancel(by=ana, door="page")

    assert listed() == one
