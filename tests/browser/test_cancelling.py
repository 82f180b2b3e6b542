"""Cancelling in the progress window: asked first, sent once, told until it is dismissed."""

import re

import pytest
from playwright.sync_api import expect

from tests.jobs.work import make_job, reload, run_items, take_turn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_cancel_asks_first_and_keep_going_changes_nothing(ana, window):
    job = make_job(ana, items=10)
    window.show()

    window.cancel.click()
    window.no.click()

    window.is_open()
    expect(window.cancel).to_be_enabled()
    run_items(job, items=2)
    expect(window.count).to_have_text("2 / 10 files")
    assert window.cancels == []
    assert reload(job).status == "running"


def test_cancel_closes_the_window_and_warns(ana, window):
    job = make_job(ana, items=10, fail=[2])
    run_items(job, items=3)
    window.show()

    window.cancel_job()

    window.is_closed()
    expect(window.messages).to_contain_text("Job was cancelled")
    expect(window.messages).to_contain_text(re.compile(r"2 done, 1 failed, 7\s+not started"))
    assert reload(job).status == "cancelled"
    assert window.page.evaluate("[window.hasActiveJob, window.currentJobId]") == [False, None]


def test_until_it_has_settled_the_window_says_how_many_files_are_being_stopped(ana, window):
    job = make_job(ana, items=10)
    lane = take_turn(job)
    works = lane.claim(2)
    window.show()

    window.cancel_job()

    expect(window.title).to_have_text("Cancelling… stopping 2 files")
    expect(window.cancel).to_be_disabled()
    lane.record([], started_ids=[item.id for item in works], rest=True)
    window.is_closed()
    expect(window.messages).to_contain_text("Job was cancelled")


def test_a_warning_that_stands_before_the_job_has_settled_offers_to_resume_it_then(ana, window):
    job = make_job(ana, items=10)
    lane = take_turn(job)
    works = lane.claim(2)
    job.cancel(by=ana, door="page")
    window.show("/settings")
    expect(window.messages).to_contain_text("0 done, 0 failed, 8 not started, 2 stopping.")

    lane.record([], started_ids=[item.id for item in works], rest=True)

    expect(window.messages).to_contain_text("0 done, 0 failed, 10 not started.")
    expect(window.messages.get_by_role("button", name="Resume")).to_be_visible()


def test_files_in_hand_finish_when_the_person_asks_for_it(ana, window):
    job = make_job(ana, items=10)
    lane = take_turn(job)
    works = lane.claim(2)
    window.show()

    window.cancel.click()
    window.page.get_by_label("Let files in hand finish").check()
    window.yes.click()

    expect(window.title).to_have_text("Cancelling… finishing 2 files")
    assert reload(job).finish_in_hand
    lane.record([], started_ids=[item.id for item in works], rest=True)
    window.is_closed()


def test_what_was_made_is_discarded_when_the_person_asks_for_it(ana, window):
    job = make_job(ana, items=10)
    run_items(job, items=2)
    window.show()

    window.cancel.click()
    window.page.get_by_label("Discard what was made").check()
    window.yes.click()

    for _ in range(2):
        expect(window.title).to_have_text("Cancelling… discarding what was made")
        window.page.reload()
    assert reload(job).is_discarding


def test_the_warning_survives_reloads_until_it_is_dismissed(ana, window):
    make_job(ana, items=3)
    window.show()
    window.cancel_job()
    expect(window.messages).to_contain_text("Job was cancelled")

    window.page.reload()
    expect(window.messages).to_contain_text("Job was cancelled")
    window.is_closed()
    window.show("/jobs")
    expect(window.messages).to_contain_text("Job was cancelled")

    window.messages.get_by_role("button", name="Dismiss").click()
    expect(window.messages).not_to_contain_text("Job was cancelled")
    window.page.reload()
    expect(window.messages).not_to_contain_text("Job was cancelled")


def test_the_warning_leads_to_resume_which_opens_the_window_again(ana, window):
    job = make_job(ana, items=4)
    run_items(job, items=1)
    window.show()
    window.cancel_job()

    window.messages.get_by_role("button", name="Resume").click()

    window.is_open()
    expect(window.count).to_have_text("1 / 4 files")
    expect(window.messages).not_to_contain_text("Job was cancelled")
    run_items(job)
    expect(window.close).to_be_visible()
    assert reload(job).status == "completed"


def test_a_cancel_by_somebody_else_is_shown_like_ones_own(ana, staff, window):
    job = make_job(ana, items=4)
    window.show()
    window.is_open()

    job.cancel(by=staff, door="admin")

    window.is_closed()
    expect(window.messages).to_contain_text("Job was cancelled")


def test_rapid_clicks_send_one_request(ana, window):
    job = make_job(ana, items=10)
    take_turn(job).claim(1)
    window.show()
    window.is_open()

    window.page.evaluate(
        """() => {
            const cancel = document.getElementById("progressCancelBtn");
            for (let n = 0; n < 5; n += 1) cancel.click();
            const yes = [...document.querySelectorAll("button")].find((button) => button.textContent === "Cancel job");
            for (let n = 0; n < 5; n += 1) yes.click();
            for (let n = 0; n < 5; n += 1) { cancel.click(); window.cancelCurrentJob(); }
        }"""
    )

    expect(window.title).to_have_text("Cancelling… stopping 1 file")
    assert len(window.cancels) == 1


def test_a_cancel_that_the_server_is_slow_to_accept_is_said_to_be_on_its_way(ana, window):
    make_job(ana, items=3)
    window.show()
    window.page.route("**/cancel", lambda route: None)  # no answer yet

    window.cancel_job()

    expect(window.note).to_have_text("The cancel is on its way. The server has not answered yet.")
    expect(window.cancel).to_be_disabled()


def test_a_failed_request_is_shown_with_its_status_and_can_be_tried_again(ana, window):
    job = make_job(ana, items=10)
    window.show()
    window.page.route("**/cancel", lambda route: route.fulfill(status=503, body="<h1>Service unavailable</h1>"))

    window.cancel_job()

    expect(window.messages).to_contain_text("Failed to cancel job: ")
    expect(window.messages).to_contain_text("503")
    window.is_open()
    run_items(job, items=2)
    expect(window.count).to_have_text("2 / 10 files")
    expect(window.cancel).to_be_enabled()
    window.page.unroute("**/cancel")
    window.cancel_job()
    window.is_closed()
    expect(window.messages).to_contain_text("Job was cancelled")
    expect(window.messages).not_to_contain_text("Failed to cancel job")


@pytest.mark.parametrize(
    ("body", "reason"),
    [('{"error": "The request broke off."}', "The request broke off"), ("<h1>Bad request</h1>", "The server refused")],
)
def test_only_a_job_that_is_gone_closes_the_window_other_refusals_are_told(ana, window, body, reason):
    make_job(ana, items=10)
    window.show()
    window.page.route("**/cancel", lambda route: route.fulfill(status=400, body=body))

    window.cancel_job()

    expect(window.messages).to_contain_text(f"Failed to cancel job: {reason} (HTTP 400)")
    window.is_open()
    expect(window.cancel).to_be_enabled()


def test_a_cancel_on_its_way_keeps_no_other_job_from_being_cancelled(ana, window):
    other = make_job(ana, items=7, title="The other one")
    slow = make_job(ana, items=3, title="The slow one")
    window.show()
    routes = []
    window.page.route(f"**/{slow.uuid}/cancel", lambda route: routes.append(route))
    window.cancel_job()
    expect(window.note).to_contain_text("The cancel is on its way.")

    window.page.get_by_role("button", name="The other one").click()
    expect(window.count).to_have_text("0 / 7 files")
    expect(window.note).to_be_hidden()
    routes[0].fulfill(status=503, json={"error": "The database is away."})

    sentence = "Failed to cancel job: The database is away (HTTP 503) · The slow one"
    expect(window.messages).to_contain_text(sentence)
    window.cancel_job()
    expect(window.messages).to_contain_text("Job was cancelled")
    expect(window.messages).to_contain_text(sentence)
    assert (reload(other).status, reload(slow).status) == ("cancelled", "queued")


def test_a_cancel_that_is_not_answered_stays_on_its_way_when_another_job_was_looked_at(ana, window):
    make_job(ana, items=7, title="The other one")
    slow = make_job(ana, items=3, title="The slow one")
    window.show()
    window.page.route(f"**/{slow.uuid}/cancel", lambda route: None)
    window.cancel_job()

    window.page.get_by_role("button", name="The other one").click()
    expect(window.cancel).to_be_enabled()
    window.page.get_by_role("button", name="The slow one").click()

    expect(window.count).to_have_text("0 / 3 files")
    expect(window.cancel).to_be_disabled()


def test_a_cancel_that_is_never_answered_has_failed(ana, impatient, window):
    make_job(ana, items=3)
    window.show()
    window.page.route("**/cancel", lambda route: None)

    window.cancel_job()

    expect(window.messages).to_contain_text(
        "Failed to cancel job: The server did not answer in time (no answer, no HTTP status)"
    )
    expect(window.cancel).to_be_enabled()


def test_a_request_that_never_arrives_is_a_failed_cancel_too(ana, window):
    job = make_job(ana, items=10)
    window.show()
    window.page.route("**/cancel", lambda route: route.abort())

    window.cancel_job()

    expect(window.messages).to_contain_text("Failed to cancel job: ")
    expect(window.cancel).to_be_enabled()
    assert reload(job).status == "queued"


def test_a_job_that_has_completed_meanwhile_closes_the_window_and_says_so(ana, window):
    job = make_job(ana, items=2)
    window.show()
    window.is_open()
    window.page.route("**/api/jobs/*", lambda route: None)  # this page does not learn of the end
    window.page.wait_for_timeout(700)
    run_items(job)

    window.cancel_job()

    window.is_closed()
    expect(window.messages).to_contain_text("Job not found or already completed")


def test_a_job_that_was_deleted_meanwhile_closes_the_window_and_says_so(ana, window):
    job = make_job(ana, items=2)
    window.show()
    window.is_open()

    job.cancel(by=ana, door="command")
    reload(job).remove(by=ana, door="command")

    window.is_closed()
