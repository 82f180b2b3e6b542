"""Cancelling a job."""

import pytest

from jobs.errors import NotPossible
from jobs.models import Event, Lane
from jobs.work import Outcome
from tests.jobs.work import event_names, make_job, reload, run_items, statuses, take_turn, waiting_lane

pytestmark = pytest.mark.django_db


def test_cancel_keeps_what_is_done_and_skips_what_waits(ana):
    job = make_job(ana, items=3)
    run_items(job, items=1)

    job.cancel(by=ana, door="page")
    run_items(job)

    counts = reload(job).counts
    assert (counts.succeeded, counts.skipped, counts.remaining) == (1, 2, 0)
    assert statuses(job)[0] == "succeeded"


def test_cancel_is_in_the_history_with_who_when_and_why(ana):
    job = make_job(ana)

    job.cancel(by=ana, door="page", reason="wrong folder")

    event = Event.objects.get(job=job, event="cancel")
    cancelled = reload(job)
    assert (event.actor, event.door, event.reason) == (ana.username, "page", "wrong folder")
    assert (event.from_status, event.to_status) == ("queued", "cancelled")
    assert cancelled.error == "Cancelled by user"
    assert cancelled.ended_at == cancelled.cancelled_at != None  # noqa: E711


def test_cancel_by_somebody_else_names_them(ana, staff):
    job = make_job(ana)

    job.cancel(by=staff, door="admin")

    assert reload(job).error == f"Cancelled by {staff.username}"


def test_a_job_without_files_in_hand_settles_at_once(ana):
    job = make_job(ana)

    job.cancel(by=ana, door="page")

    assert reload(job).settled
    assert event_names(job) == ["submit", "cancel", "settle"]


def test_a_job_with_a_file_in_hand_settles_when_its_lane_gives_it_back(ana):
    job = make_job(ana, items=2)
    lane = take_turn(job)
    works = lane.claim(1)

    job.cancel(by=ana, door="page")
    assert not reload(job).settled
    assert reload(job).counts.in_flight == 1

    lane.record([], started_ids=[works[0].id], rest=True)
    assert reload(job).settled
    assert statuses(job)[0] == "skipped"


def test_cancelling_twice_is_no_error_and_one_event(ana):
    job = make_job(ana)

    assert job.cancel(by=ana, door="page")
    assert not job.cancel(by=ana, door="api")

    assert event_names(job).count("cancel") == 1


def test_a_job_that_has_completed_cannot_be_cancelled(ana):
    job = make_job(ana)
    run_items(job)

    with pytest.raises(NotPossible):
        job.cancel(by=ana, door="page")

    assert reload(job).status == "completed"


def test_a_lane_of_a_cancelled_job_claims_nothing(ana):
    job = make_job(ana)
    lane = take_turn(job)

    job.cancel(by=ana, door="page")

    assert lane.claim(10) == []


def test_a_message_that_waits_when_its_job_is_cancelled_takes_no_turn(ana):
    job = make_job(ana)
    waiting = waiting_lane(job)

    job.cancel(by=ana, door="page")

    assert Lane.take(waiting.pk, waiting.turn, "test") is None


def test_cancel_in_a_later_phase_keeps_the_files_and_says_where_it_stopped(ana):
    job = make_job(ana, items=2, phases=["process", "classify", "catalogue"])
    while reload(job).phase_number == 0:
        run_items(job, items=1)

    job.cancel(by=ana, door="page")

    assert reload(job).counts.succeeded == 2
    assert [phase.status for phase in reload(job).phase_rows] == ["done", "cancelled", "cancelled"]


def test_the_warning_stays_until_it_is_dismissed(ana):
    job = make_job(ana)
    job.cancel(by=ana, door="api")
    assert reload(job).notice

    job.dismiss()

    assert not reload(job).notice


def test_a_file_that_is_finished_just_after_the_cancel_counts_and_the_job_settles_with_it(ana):
    job = make_job(ana, items=2)
    lane = take_turn(job)
    (work_in_hand,) = lane.claim(1)
    job.cancel(by=ana, door="page")

    assert lane.record([Outcome(work_in_hand, "succeeded")])

    assert reload(job).settled
    assert statuses(job) == ["succeeded", "skipped"]


def test_a_phase_that_breaks_just_after_the_cancel_lets_the_job_settle(ana):
    job = make_job(ana, items=2)
    lane = take_turn(job)
    lane.claim(1)
    job.cancel(by=ana, door="page")

    lane.fail_job("The phase process could not go on.")

    assert reload(job).settled
    assert event_names(job) == ["submit", "start", "cancel", "settle"]


def test_cancel_between_two_phases_keeps_the_first_and_a_resume_does_only_the_second(ana):
    job = make_job(ana, items=2, phases=["process", "classify"])
    lane = take_turn(job)
    while works := lane.claim(1):  # the last item of the phase is written, and nobody has asked for the next one
        assert lane.record([Outcome(one, "succeeded") for one in works])
        if reload(job).counts.remaining == 0:
            break
    assert (reload(job).phase_number, reload(job).status) == (0, "running")

    job.cancel(by=ana, door="page")
    assert lane.claim(1) == []
    assert (reload(job).settled, reload(job).counts.succeeded) == (True, 2)
    assert not job.items.filter(phase=1).exists()

    reload(job).resume(by=ana, door="page")
    run_items(job)
    assert reload(job).status == "completed"
    assert set(job.items.values_list("phase", "attempt")) == {(0, 1), (1, 1)}


def test_cancel_in_the_last_item_skips_it_and_a_resume_does_it(ana):
    job = make_job(ana, items=2)
    run_items(job, items=1)
    lane = take_turn(job)
    (last,) = lane.claim(1)

    job.cancel(by=ana, door="page")
    lane.record([], started_ids=[last.id], rest=True)
    assert statuses(job) == ["succeeded", "skipped"]

    reload(job).resume(by=ana, door="page")
    run_items(job)
    assert statuses(job) == ["succeeded", "succeeded"]
    assert event_names(job) == ["submit", "start", "cancel", "settle", "resume", "start", "finish"]


def test_the_history_says_in_which_phase_a_cancel_met_the_job(ana):
    job = make_job(ana, items=2, phases=["process", "classify"])
    run_items(job, items=3)
    job.cancel(by=ana, door="api")
    not_begun = make_job(ana, items=2, phases=["process", "classify"])
    not_begun.cancel(by=ana, door="api")

    assert reload(job).current_phase.name == "classify"
    assert job.events.get(event="cancel").reason == "In phase classify"
    assert not_begun.events.get(event="cancel").reason == ""
