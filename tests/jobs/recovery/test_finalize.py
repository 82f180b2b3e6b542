"""What a kind has left to do about a job that stopped short is done, whatever becomes of the message."""

from contextlib import nullcontext
from datetime import timedelta

import pytest

from jobs import queue
from jobs.clock import database_now
from jobs.errors import ItemFailed, PassingFault
from jobs.models import Job
from jobs.recovery.finalize import FINALIZE_LEASE, finalize_job
from jobs.recovery.rescue import discard, rescue
from tests.jobs.kinds import counting
from tests.jobs.work import make_job, reload, run_items

pytestmark = pytest.mark.django_db


@pytest.fixture
def wrapped(monkeypatch):
    """The jobs that were finalized, by a kind that always has something left to do."""
    jobs = []
    monkeypatch.setattr(counting, "needs_finalizing", lambda job: True)
    monkeypatch.setattr(counting, "finalize", jobs.append)
    return jobs


@pytest.fixture
def asked(monkeypatch):
    """The jobs that a worker was asked to wrap up: no message arrives."""
    jobs = []
    monkeypatch.setattr(queue, "finalize_after_commit", jobs.append)
    return jobs


def cancelled(ana):
    job = make_job(ana)
    run_items(job, items=1)
    job.cancel(by=ana, door="api")
    return reload(job)


def later(job, by=timedelta(minutes=1)):
    """Time goes by."""
    Job.objects.filter(pk=job.pk).update(wrap_up_at=reload(job).wrap_up_at - by)


def test_a_worker_is_asked_when_a_job_has_settled_and_asked_again_until_it_is_done(ana, asked, wrapped):
    job = cancelled(ana)
    rescue()
    assert asked == [job.pk]

    for _ in range(2):
        later(job)
        rescue()
    assert asked == [job.pk] * 3

    finalize_job(job.pk)
    rescue()
    assert (wrapped, reload(job).wrap_up_at) == ([job], None)
    assert asked == [job.pk] * 3


def test_a_job_whose_phase_broke_is_wrapped_up_too(ana, asked, wrapped):
    job = make_job(ana, breaks="process")
    run_items(job)

    finalize_job(job.pk)

    assert (reload(job).status, asked, wrapped) == ("failed", [job.pk], [job])


@pytest.mark.parametrize("end", ["completed", "nothing left"])
def test_nobody_is_asked_where_nothing_is_left_to_do(ana, asked, wrapped, monkeypatch, end):
    if end == "completed":
        job = make_job(ana)
        run_items(job)
    else:
        monkeypatch.setattr(counting, "needs_finalizing", lambda job: False)
        job = cancelled(ana)

    finalize_job(job.pk)

    assert (asked, wrapped, reload(job).wrap_up_at) == ([], [], None)


def test_messages_that_come_twice_wrap_up_once(ana, asked, wrapped, monkeypatch):
    job = cancelled(ana)

    def meanwhile(job):
        wrapped.append(job)
        finalize_job(job.pk)

    monkeypatch.setattr(counting, "finalize", meanwhile)
    finalize_job(job.pk)
    finalize_job(job.pk)

    assert wrapped == [job]


def test_a_worker_that_was_killed_in_the_middle_is_followed_by_another(ana, asked, wrapped, monkeypatch):
    job = cancelled(ana)
    with monkeypatch.context() as killed:
        killed.setattr(counting, "finalize", lambda job: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            finalize_job(job.pk)
    later(job)
    rescue()
    assert asked == [job.pk]  # it may be at work still

    later(job, by=FINALIZE_LEASE)
    rescue()
    finalize_job(job.pk)

    assert (asked, wrapped) == ([job.pk] * 2, [job])


def test_what_cannot_be_done_now_is_done_later(ana, asked, wrapped, monkeypatch, caplog):
    job = cancelled(ana)

    def away(job):
        raise PassingFault("The storage is away.")

    with monkeypatch.context() as patched:
        patched.setattr(counting, "finalize", away)
        finalize_job(job.pk)
    assert caplog.messages[-1] == f"Job {job.uuid} will be finalized later: The storage is away."
    assert reload(job).wrap_up_at < database_now() + FINALIZE_LEASE / 2

    finalize_job(job.pk)

    assert (wrapped, reload(job).wrap_up_at) == ([job], None)


def test_what_cannot_be_done_at_all_is_told_once(ana, asked, wrapped, monkeypatch, caplog):
    job = cancelled(ana)

    def full(job):
        raise ItemFailed("There is no space left.")

    monkeypatch.setattr(counting, "finalize", full)
    finalize_job(job.pk)
    finalize_job(job.pk)

    assert [line for line in caplog.messages if "be finalized" in line] == [
        f"Job {job.uuid} could not be finalized: There is no space left."
    ]
    assert reload(job).wrap_up_at is None


def test_a_job_that_was_resumed_has_nothing_to_wrap_up_until_it_stops_again(ana, asked, wrapped):
    job = cancelled(ana)
    job.resume(by=ana, door="api")

    finalize_job(job.pk)

    assert (wrapped, reload(job).wrap_up_at) == ([], None)
    reload(job).cancel(by=ana, door="api")
    finalize_job(job.pk)
    assert (asked, wrapped) == ([job.pk] * 2, [job])


@pytest.mark.parametrize("ends", ["well", "badly"])
@pytest.mark.parametrize(("door", "dropped_by"), [("drop", "discard_unfinished"), ("delete", "delete_outputs")])
def test_what_is_made_while_its_job_is_dropped_or_deleted_is_dropped_too(
    ana, asked, wrapped, monkeypatch, door, dropped_by, ends
):
    job, made = cancelled(ana), []

    def meanwhile(job):
        if door == "drop":
            reload(job).cancel(by=ana, door="page", discard=True)
            discard(reload(job))
        else:
            reload(job).remove(by=ana, door="page")
        made.append(job)
        if ends == "badly":
            raise ZeroDivisionError

    monkeypatch.setattr(counting, "finalize", meanwhile)
    monkeypatch.setattr(counting, dropped_by, lambda *_: made.clear() or True)
    with nullcontext() if ends == "well" else pytest.raises(ZeroDivisionError):
        finalize_job(job.pk)

    assert made == []


def test_what_is_made_of_a_job_that_stays_is_kept(ana, asked, wrapped, monkeypatch):
    job, dropped = cancelled(ana), []
    monkeypatch.setattr(counting, "discard_unfinished", dropped.append)

    finalize_job(job.pk)

    assert (wrapped, dropped, counting.forgotten.count(str(job.uuid))) == ([job], [], 0)
