"""Old jobs are deleted only when the operator wants it, and each leaves a line."""

from datetime import timedelta

import pytest

from jobs.clock import database_now
from jobs.models import Event, Job
from jobs.recovery.retention import prune
from tests.jobs.work import clear_removed_jobs, make_job, run_items

pytestmark = pytest.mark.django_db


def old(job, days=31):
    Job.objects.filter(pk=job.pk).update(ended_at=database_now() - timedelta(days=days))
    return job


def test_nothing_is_deleted_unless_it_is_set(ana):
    job = make_job(ana)
    run_items(job)
    old(job, days=9999)

    prune()

    assert Job.objects.filter(pk=job.pk).exists()


def test_a_job_that_ended_long_ago_goes_and_leaves_a_line(ana, settings):
    settings.STOPBATH_KEEP_JOBS_DAYS = 30
    job, recent = make_job(ana, title="Summer"), make_job(ana)
    run_items(job)
    run_items(recent)
    old(job)

    prune()
    assert list(Job.objects.all()) == [recent]
    clear_removed_jobs()

    line = Event.objects.get(job_uuid=job.uuid)
    assert (line.event, line.door, line.job_title, line.reason) == (
        "delete",
        "worker",
        "Summer",
        "Jobs are kept for 30 days",
    )
    assert str(job.uuid) in job.kind_object.forgotten


@pytest.mark.askew
def test_what_still_runs_or_stops_stays(ana, settings):
    settings.STOPBATH_KEEP_JOBS_DAYS = 1
    waiting, stopping = make_job(ana), old(make_job(ana))
    Job.objects.filter(pk=stopping.pk).update(status="cancelled", settled_at=None)

    prune()

    assert Job.objects.count() == 2
    assert waiting.can_delete is False


def test_jobs_are_gone_through_one_by_one_without_what_was_asked_for(ana, django_assert_num_queries):
    first, second, third = (make_job(ana, title=title) for title in "abc")

    jobs = Job.objects.order_by("pk").iterate_fresh()
    with django_assert_num_queries(2):
        found = next(jobs)
    second.delete()
    Job.objects.filter(pk=third.pk).update(title="changed")

    assert found == first
    assert found.get_deferred_fields() == {"spec"}
    assert [job.title for job in jobs] == ["changed"]


def test_a_job_that_cannot_be_deleted_keeps_no_other_from_it(ana, settings, monkeypatch, caplog):
    settings.STOPBATH_KEEP_JOBS_DAYS = 1
    jobs = [make_job(ana) for _ in range(2)]
    for job in jobs:
        run_items(job)
        old(job)
    remove = Job.remove

    def remove_one(job, **facts):
        if job == jobs[0]:
            raise ValueError("broken")
        remove(job, **facts)

    monkeypatch.setattr(Job, "remove", remove_one)

    prune()

    assert list(Job.objects.all()) == [jobs[0]]
    assert "ValueError: broken" in caplog.text
