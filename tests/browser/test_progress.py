"""The progress window, from the start of a job to each of its ends."""

import re

import pytest
from playwright.sync_api import expect

from tests.engine.work import fresh, make_job, take, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_window_opens_again_after_a_reload_while_a_job_runs(ana, window):
    job = make_job(ana, items=100)
    work(job, items=25)

    window.show()

    window.is_open()
    expect(window.title).to_have_text("Processing Files…")
    expect(window.count).to_have_text("25 / 100 files")
    expect(window.percent).to_have_text("25 %")
    assert window.follows(job)
    window.page.reload()
    window.is_open()
    expect(window.count).to_have_text("25 / 100 files")


def test_progress_comes_by_itself_with_a_line_for_each_finished_file(ana, window):
    job = make_job(ana, items=10, fail=[2], error="This number is odd.")
    window.show()
    expect(window.count).to_have_text("0 / 10 files")

    work(job, items=3)

    expect(window.count).to_have_text("3 / 10 files")
    expect(window.files).to_have_count(3)
    failed = window.page.locator('#progressFiles li[data-status="failed"]')
    expect(failed).to_contain_text("This number is odd.")
    expect(window.page.locator('#progressFiles li[data-status="succeeded"]')).to_have_count(2)


def test_the_title_says_which_phase_is_at_work(ana, window):
    job = make_job(ana, items=2, phases=["process", "classify", "catalogue"])
    window.show()
    expect(window.title).to_have_text("Processing Files…")

    while fresh(job).phase_number == 0:
        work(job, items=1)

    expect(window.title).to_have_text("Classifying…")
    expect(window.count).to_have_text("1 / 2 files")
    while fresh(job).phase_number == 1:
        work(job, items=1)
    expect(window.title).to_have_text("Building the catalogue…")
    expect(window.count).to_have_text("2 / 2 files")


def test_a_natural_end_shows_close_instead_of_cancel(ana, window):
    job = make_job(ana, items=4)
    window.show()
    window.is_open()

    work(job)

    expect(window.close).to_be_visible()
    expect(window.cancel).to_be_hidden()
    expect(window.count).to_have_text("4 / 4 files")
    expect(window.percent).to_have_text("100 %")
    assert window.page.evaluate("window.hasActiveJob") is False
    window.close.click()
    window.is_closed()
    assert window.page.evaluate("window.currentJobId") is None


def test_a_failing_end_shows_the_error_and_close(ana, window):
    job = make_job(ana, items=2, fail=[1, 2], error="This number cannot be counted.")
    window.show()
    window.is_open()

    work(job)

    expect(window.close).to_be_visible()
    expect(window.cancel).to_be_hidden()
    expect(window.note).to_have_text(fresh(job).error)
    expect(window.files).to_have_count(2)


def test_cancel_asks_first_and_keep_going_changes_nothing(ana, window):
    job = make_job(ana, items=10)
    window.show()

    window.cancel.click()
    window.no.click()

    window.is_open()
    expect(window.cancel).to_be_enabled()
    work(job, items=2)
    expect(window.count).to_have_text("2 / 10 files")
    assert window.cancels == []
    assert fresh(job).status == "running"


def test_cancel_closes_the_window_and_warns(ana, window):
    job = make_job(ana, items=10, fail=[2])
    work(job, items=3)
    window.show()

    window.cancel_job()

    window.is_closed()
    expect(window.messages).to_contain_text("Job was cancelled")
    expect(window.messages).to_contain_text(re.compile(r"2 done, 1 failed, 7\s+skipped"))
    assert fresh(job).status == "cancelled"
    assert window.page.evaluate("[window.hasActiveJob, window.currentJobId]") == [False, None]


def test_until_it_has_settled_the_window_says_how_many_files_are_being_stopped(ana, window):
    job = make_job(ana, items=10)
    lane = take(job)
    works = lane.claim(2)
    window.show()

    window.cancel_job()

    expect(window.title).to_have_text("Cancelling… stopping 2 files")
    expect(window.cancel).to_be_disabled()
    lane.record([], begun=[item.id for item in works], rest=True)
    window.is_closed()
    expect(window.messages).to_contain_text("Job was cancelled")


def test_a_warning_that_stands_before_the_job_has_settled_offers_to_resume_it_then(ana, window):
    job = make_job(ana, items=10)
    lane = take(job)
    works = lane.claim(2)
    job.cancel(by=ana, door="page")
    window.show("/settings")
    expect(window.messages).to_contain_text("0 done, 0 failed, 8 skipped, 2 stopping.")

    lane.record([], begun=[item.id for item in works], rest=True)

    expect(window.messages).to_contain_text("0 done, 0 failed, 10 skipped.")
    expect(window.messages.get_by_role("button", name="Resume")).to_be_visible()


def test_the_buttons_stay_in_sight_on_a_small_phone(ana, window):
    for number in range(4):
        make_job(ana, title=f"Another one {number}")
    for number in range(3):
        make_job(ana, title=f"One that was cancelled {number}").cancel(by=ana, door="page")
    window.page.set_viewport_size({"width": 360, "height": 560})

    window.show()

    expect(window.page.locator("#progressOthers li")).to_have_count(3)
    for button in (window.cancel, window.page.locator("#progressShrinkBtn")):
        expect(button).to_be_in_viewport(ratio=1)
    expect(window.page.locator("#progressFiles")).to_be_in_viewport(ratio=1)


def test_files_in_hand_finish_when_the_person_asks_for_it(ana, window):
    job = make_job(ana, items=10)
    lane = take(job)
    works = lane.claim(2)
    window.show()

    window.cancel.click()
    window.page.get_by_label("Let files in hand finish").check()
    window.yes.click()

    expect(window.title).to_have_text("Cancelling… finishing 2 files")
    assert fresh(job).finish_in_hand
    lane.record([], begun=[item.id for item in works], rest=True)
    window.is_closed()


def test_what_was_made_is_discarded_when_the_person_asks_for_it(ana, window):
    job = make_job(ana, items=10)
    work(job, items=2)
    window.show()

    window.cancel.click()
    window.page.get_by_label("Discard what was made").check()
    window.yes.click()

    for _ in range(2):
        expect(window.title).to_have_text("Cancelling… discarding what was made")
        window.page.reload()
    assert fresh(job).discarding


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
    work(job, items=1)
    window.show()
    window.cancel_job()

    window.messages.get_by_role("button", name="Resume").click()

    window.is_open()
    expect(window.count).to_have_text("1 / 4 files")
    expect(window.messages).not_to_contain_text("Job was cancelled")
    work(job)
    expect(window.close).to_be_visible()
    assert fresh(job).status == "completed"


def test_a_cancel_by_somebody_else_is_shown_like_ones_own(ana, staff, window):
    job = make_job(ana, items=4)
    window.show()
    window.is_open()

    job.cancel(by=staff, door="admin")

    window.is_closed()
    expect(window.messages).to_contain_text("Job was cancelled")


def test_rapid_clicks_send_one_request(ana, window):
    job = make_job(ana, items=10)
    take(job).claim(1)
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


def test_a_window_that_opens_by_itself_does_not_point_at_its_list(ana, window):
    make_job(ana, items=3)

    window.show()

    expect(window.title).to_be_focused()


def test_a_failed_request_is_shown_with_its_status_and_can_be_tried_again(ana, window):
    job = make_job(ana, items=10)
    window.show()
    window.page.route("**/cancel", lambda route: route.fulfill(status=503, body="<h1>Service unavailable</h1>"))

    window.cancel_job()

    expect(window.messages).to_contain_text("Failed to cancel job: ")
    expect(window.messages).to_contain_text("503")
    window.is_open()
    work(job, items=2)
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
    waiting = []
    window.page.route(f"**/{slow.uuid}/cancel", lambda route: waiting.append(route))
    window.cancel_job()
    expect(window.note).to_contain_text("The cancel is on its way.")

    window.page.get_by_role("button", name="The other one").click()
    expect(window.count).to_have_text("0 / 7 files")
    expect(window.note).to_be_hidden()
    waiting[0].fulfill(status=503, json={"error": "The database is away."})

    told = "Failed to cancel job: The database is away (HTTP 503) · The slow one"
    expect(window.messages).to_contain_text(told)
    window.cancel_job()
    expect(window.messages).to_contain_text("Job was cancelled")
    expect(window.messages).to_contain_text(told)
    assert (fresh(other).status, fresh(slow).status) == ("cancelled", "queued")


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


@pytest.fixture
def impatient(page) -> None:
    """The page waits a thirtieth of its time for answers."""
    page.add_init_script(
        "{ const timeout = AbortSignal.timeout; AbortSignal.timeout = (time) => timeout.call(AbortSignal, time / 30); }"
    )


def test_a_cancel_that_is_never_answered_has_failed(ana, impatient, window):
    make_job(ana, items=3)
    window.show()
    window.page.route("**/cancel", lambda route: None)

    window.cancel_job()

    expect(window.messages).to_contain_text(
        "Failed to cancel job: The server did not answer in time (no answer, no HTTP status)"
    )
    expect(window.cancel).to_be_enabled()


def test_a_server_that_goes_silent_is_a_lost_connection(ana, impatient, window):
    make_job(ana, items=3)
    window.show()
    window.is_open()

    window.page.route("**/api/jobs/**", lambda route: None)

    expect(window.note).to_contain_text("Connection lost, trying again")


def test_a_request_that_never_arrives_is_a_failed_cancel_too(ana, window):
    job = make_job(ana, items=10)
    window.show()
    window.page.route("**/cancel", lambda route: route.abort())

    window.cancel_job()

    expect(window.messages).to_contain_text("Failed to cancel job: ")
    expect(window.cancel).to_be_enabled()
    assert fresh(job).status == "queued"


def test_a_job_that_has_completed_meanwhile_closes_the_window_and_says_so(ana, window):
    job = make_job(ana, items=2)
    window.show()
    window.is_open()
    window.page.route("**/api/jobs/*", lambda route: None)  # this page does not learn of the end
    window.page.wait_for_timeout(700)
    work(job)

    window.cancel_job()

    window.is_closed()
    expect(window.messages).to_contain_text("Job not found or already completed")


def test_a_job_that_was_deleted_meanwhile_closes_the_window_and_says_so(ana, window):
    job = make_job(ana, items=2)
    window.show()
    window.is_open()

    job.cancel(by=ana, door="command")
    fresh(job).remove(by=ana, door="command")

    window.is_closed()


def test_a_lost_connection_is_told_and_mends(ana, window):
    job = make_job(ana, items=4)
    window.show()
    window.page.route("**/api/jobs/**", lambda route: route.abort())

    expect(window.note).to_contain_text("Connection lost, trying again")
    work(job, items=1)
    window.page.unroute("**/api/jobs/**")

    expect(window.count).to_have_text("1 / 4 files")
    expect(window.note).to_be_hidden()


def test_a_lost_connection_and_the_end_of_a_session_are_told_in_the_bar_too(ana, client, window):
    make_job(ana, items=4)
    window.show("/settings")
    told = window.page.locator("#progressBarFoot .note")
    expect(told).to_be_hidden()

    window.page.route("**/api/jobs/**", lambda route: route.abort())
    expect(told).to_have_text("Connection lost, trying again. The job goes on.")
    window.page.unroute("**/api/jobs/**")
    client.logout()

    expect(told).to_have_text("You are signed out. The job goes on.")
    expect(window.messages).to_contain_text("You are signed out. Sign in again to go on.")


def test_work_on_shrinks_the_window_to_a_bar_which_brings_it_back(ana, window):
    job = make_job(ana, items=4)
    window.show()
    bar = window.page.locator("#progressBarFoot")

    window.page.get_by_role("button", name="Work on").click()

    window.is_closed()
    expect(bar).to_contain_text("0 / 4 files")
    work(job, items=1)
    expect(bar).to_contain_text("1 / 4 files")
    bar.get_by_role("button", name="Show").click()
    window.is_open()


def test_escape_shrinks_the_window_and_the_job_goes_on(ana, window):
    job = make_job(ana, items=4)
    window.show()
    window.is_open()

    window.page.keyboard.press("Escape")

    window.is_closed()
    assert window.follows(job)


def asks_before_leaving(window) -> bool:
    """Whether a browser would ask somebody who closes the page now."""
    return window.page.evaluate("() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))")


def test_leaving_by_accident_is_asked_about_only_while_a_job_is_active(ana, window):
    job = make_job(ana, items=4)
    window.show()
    window.is_open()
    assert asks_before_leaving(window) is True

    work(job)

    expect(window.close).to_be_visible()
    assert asks_before_leaving(window) is False


def test_leaving_is_still_asked_about_after_keep_going_and_after_a_download(ana, window):
    job = make_job(ana, items=4)
    work(job, items=1)
    window.show(f"/jobs/{job.uuid}")
    window.page.locator("#jobCancelBtn").click()

    window.no.click()
    assert asks_before_leaving(window) is True

    window.page.get_by_role("button", name="Work on").click()
    window.page.route("**/unprocessed.csv", lambda route: route.fulfill(status=204))
    asks = window.page.evaluate(
        """() => {
            const link = document.createElement("a");
            link.href = document.querySelector(".brand").href + "unprocessed.csv";
            document.body.append(link);
            link.click();
            return !window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
        }"""
    )
    assert asks is False
    window.page.wait_for_timeout(1_100)
    assert asks_before_leaving(window) is True


def test_other_jobs_are_listed_and_can_be_shown_instead(ana, window):
    other = make_job(ana, items=7, title="The other one")
    make_job(ana, items=3)
    window.show()

    window.page.get_by_role("button", name="The other one").click()

    expect(window.count).to_have_text("0 / 7 files")
    assert window.follows(other)


def test_another_running_job_takes_the_bar_when_this_one_is_cancelled(ana, window):
    make_job(ana, items=7)
    make_job(ana, items=3)
    window.show()

    window.cancel_job()

    window.is_closed()
    expect(window.page.locator("#progressBarFoot")).to_contain_text("0 / 7 files")
