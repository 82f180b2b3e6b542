"""The progress window, from the start of a job to its end, and what it says while it is open."""

import pytest
from playwright.sync_api import expect

from tests.jobs.work import make_job, reload, run_items

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_window_opens_again_after_a_reload_while_a_job_runs(ana, window):
    job = make_job(ana, items=100)
    run_items(job, items=25)

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

    run_items(job, items=3)

    expect(window.count).to_have_text("3 / 10 files")
    expect(window.files).to_have_count(3)
    failed = window.page.locator('#progressFiles li[data-status="failed"]')
    expect(failed).to_contain_text("This number is odd.")
    expect(window.page.locator('#progressFiles li[data-status="succeeded"]')).to_have_count(2)


def test_the_title_says_which_phase_is_at_work(ana, window):
    job = make_job(ana, items=2, phases=["process", "classify", "catalogue"])
    window.show()
    expect(window.title).to_have_text("Processing Files…")

    while reload(job).phase_number == 0:
        run_items(job, items=1)

    expect(window.title).to_have_text("Classifying…")
    expect(window.count).to_have_text("1 / 2 files")
    while reload(job).phase_number == 1:
        run_items(job, items=1)
    expect(window.title).to_have_text("Building the catalogue…")
    expect(window.count).to_have_text("2 / 2 files")


def test_a_natural_end_shows_close_instead_of_cancel(ana, window):
    job = make_job(ana, items=4)
    window.show()
    window.is_open()

    run_items(job)

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

    run_items(job)

    expect(window.close).to_be_visible()
    expect(window.cancel).to_be_hidden()
    expect(window.note).to_have_text(reload(job).error)
    expect(window.files).to_have_count(2)


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


def test_a_window_that_opens_by_itself_does_not_point_at_its_list(ana, window):
    make_job(ana, items=3)

    window.show()

    expect(window.title).to_be_focused()


def test_a_server_that_goes_silent_is_a_lost_connection(ana, impatient, window):
    make_job(ana, items=3)
    window.show()
    window.is_open()

    window.page.route("**/api/jobs/**", lambda route: None)

    expect(window.note).to_contain_text("Connection lost, trying again")


def test_a_lost_connection_is_told_and_mends(ana, window):
    job = make_job(ana, items=4)
    window.show()
    window.page.route("**/api/jobs/**", lambda route: route.abort())

    expect(window.note).to_contain_text("Connection lost, trying again")
    run_items(job, items=1)
    window.page.unroute("**/api/jobs/**")

    expect(window.count).to_have_text("1 / 4 files")
    expect(window.note).to_be_hidden()


def test_a_lost_connection_and_the_end_of_a_session_are_told_in_the_bar_too(ana, client, window):
    make_job(ana, items=4)
    window.show("/settings")
    note = window.page.locator("#progressBarFoot .note")
    expect(note).to_be_hidden()

    window.page.route("**/api/jobs/**", lambda route: route.abort())
    expect(note).to_have_text("Connection lost, trying again. The job goes on.")
    window.page.unroute("**/api/jobs/**")
    client.logout()

    expect(note).to_have_text("You are signed out. The job goes on.")
    expect(window.messages).to_contain_text("You are signed out. Sign in again to go on.")


def test_work_on_shrinks_the_window_to_a_bar_which_brings_it_back(ana, window):
    job = make_job(ana, items=4)
    window.show()
    bar = window.page.locator("#progressBarFoot")

    window.page.get_by_role("button", name="Keep working").click()

    window.is_closed()
    expect(bar).to_contain_text("0 / 4 files")
    run_items(job, items=1)
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

    run_items(job)

    expect(window.close).to_be_visible()
    assert asks_before_leaving(window) is False


def test_leaving_is_still_asked_about_after_keep_going_and_after_a_download(ana, window):
    job = make_job(ana, items=4)
    run_items(job, items=1)
    window.show(f"/jobs/{job.uuid}")
    window.page.locator("#jobCancelBtn").click()

    window.no.click()
    assert asks_before_leaving(window) is True

    window.page.get_by_role("button", name="Keep working").click()
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
