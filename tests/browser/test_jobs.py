"""The history and the page of a job."""

import re

import pytest
from playwright.sync_api import expect

from jobs.models import Job
from photos.kinds.process import Process
from tests.browser.library import add
from tests.jobs.work import make_job, reload, run_items

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("storage"),
]


def test_a_row_follows_its_job_to_the_end(ana, window):
    job = make_job(ana, items=4, title="Four numbers")
    window.show("/jobs")
    row = window.page.locator(f"#job-{job.uuid}")
    expect(row).to_contain_text("0 done, 4 remaining")
    window.is_closed()

    run_items(job)

    expect(row).to_contain_text("4 done")
    expect(row.get_by_role("button", name="Cancel")).to_have_count(0)


@pytest.mark.parametrize(("path", "control"), [("/jobs", "Four numbers"), ("/jobs/{}", re.compile("txt"))])
def test_the_keyboard_stays_where_it_is_while_parts_refresh_themselves(ana, window, tmp_path, path, control):
    job = make_job(ana, items=4, folder=str(tmp_path), title="Four numbers")
    run_items(job, items=1)
    window.show(path.format(job.uuid))
    link = window.page.get_by_role("link", name=control)
    link.focus()

    part = ".job-line" if path == "/jobs" else "#job-details"
    window.page.locator(part).evaluate("part => { part.dataset.old = 'yes'; }")
    expect(window.page.locator(f"{part}[data-old]")).to_have_count(0, timeout=15_000)

    expect(link).to_be_focused()


def test_attempts_stay_open_while_somebody_reads_them(ana, window):
    job = make_job(ana, items=4, fail=[1, 2], fail_attempts=1)
    run_items(job)
    job.retry(by=ana, door="command")
    run_items(job, items=1)
    window.show(f"/jobs/{job.uuid}")
    attempts = window.page.locator("details.attempts")

    attempts.locator("summary").click()

    expect(attempts).to_contain_text("1. This number cannot be counted.")
    window.page.wait_for_timeout(4_500)
    expect(attempts).to_contain_text("1. This number cannot be counted.")
    expect(window.page.locator("#job-live")).to_contain_text("3 done, 1 remaining")

    run_items(job)
    expect(window.page.locator("#job-live")).to_contain_text("4 done")
    window.page.wait_for_timeout(500)
    expect(attempts.first).to_contain_text("1. This number cannot be counted.")


def test_a_row_follows_its_job_when_it_is_resumed(ana, window):
    job = make_job(ana, items=4, title="Four numbers")
    run_items(job, items=1)
    job.cancel(by=ana, door="command")
    reload(job).dismiss()
    window.show("/jobs")
    row = window.page.locator(f"#job-{job.uuid}")
    expect(row).to_contain_text("1 done, 3 not started")

    row.get_by_role("button", name="Resume").dblclick()

    window.is_open()
    expect(window.messages).to_be_empty()
    expect(row).to_contain_text("1 done, 3 remaining")
    run_items(job)
    expect(row).to_contain_text("4 done")
    assert job.events.filter(event="resume").count() == 1


def test_cancel_in_a_row_asks_in_the_progress_window(ana, window):
    job = make_job(ana, items=4)
    window.show("/jobs")

    window.page.locator(f"#cancel-{job.uuid}").click()

    window.is_open()
    window.yes.click()
    window.is_closed()
    expect(window.messages).to_contain_text("Job was cancelled")
    assert reload(job).status == "cancelled"


def test_selected_jobs_are_cancelled_after_a_question(ana, window):
    jobs = [make_job(ana) for _ in range(2)]
    window.show("/jobs")
    window.page.get_by_label("Select all on this page").check()

    window.page.get_by_role("button", name="Cancel selected").click()
    window.page.get_by_role("button", name="Cancel jobs").click()

    expect(window.messages).to_contain_text("2 jobs were cancelled")
    assert {reload(job).status for job in jobs} == {"cancelled"}


def test_the_page_of_a_job_follows_it_and_resumes_it(ana, window):
    job = make_job(ana, items=4)
    run_items(job, items=1)
    window.show(f"/jobs/{job.uuid}")
    live = window.page.locator("#job-live")
    expect(live).to_contain_text("1 done, 3 remaining")

    live.get_by_role("button", name="Cancel").click()
    window.yes.click()
    expect(live).to_contain_text("1 done, 3 not started")
    live.get_by_role("button", name="Resume").click()

    window.is_open()
    run_items(job)
    expect(window.close).to_be_visible()
    window.close.click()
    expect(live).to_contain_text("4 done")
    expect(window.page.locator("#job-details")).to_contain_text("Resume")
    assert {job.events.get(event=verb).door for verb in ("cancel", "resume")} == {"page"}


def test_the_way_back_leads_to_the_whole_page(ana, window):
    job = make_job(ana, items=4)
    window.show(f"/jobs/{job.uuid}")
    live = window.page.locator("#job-live")
    run_items(job, items=1)
    expect(live).to_contain_text("1 done, 3 remaining")  # a part has been fetched from the address of the page

    window.show("/recipes")
    window.page.go_back()

    expect(live).to_be_visible()
    expect(window.page.locator(".site-header")).to_have_count(1)


@pytest.mark.parametrize("path", ["/jobs", "/jobs/{}"])
def test_a_page_whose_session_has_ended_stays_and_leads_back_to_itself(ana, client, window, path):
    job = make_job(ana, items=4, title="Four numbers")
    window.show(path.format(job.uuid))

    client.logout()

    expect(window.messages).to_contain_text("You are signed out.")
    expect(window.page.locator("main")).to_contain_text("Four numbers")
    expect(window.page.locator(".site-header")).to_have_count(1)
    expect(window.page.get_by_label("Password")).to_have_count(0)
    window.messages.get_by_role("link", name="Sign in").click()
    window.page.get_by_label("Username").fill("ana")
    window.page.get_by_label("Password").fill("correct horse battery")
    window.page.get_by_role("button", name="Sign in").click()
    expect(window.page.locator("main")).to_contain_text("Four numbers")
    assert window.page.url.endswith(path.format(job.uuid))


def test_retry_failed_opens_the_window(ana, window):
    job = make_job(ana, items=3, fail=[2], fail_attempts=1)
    run_items(job)
    window.show(f"/jobs/{job.uuid}")

    window.page.locator("#jobRetryBtn").click()

    window.is_open()
    run_items(job)
    expect(window.close).to_be_visible()
    assert reload(job).counts.succeeded == 3


def test_delete_asks_first(ana, window):
    job = make_job(ana, items=1)
    run_items(job)
    window.show(f"/jobs/{job.uuid}")

    window.page.locator("#jobDeleteBtn").click()
    window.page.get_by_role("button", name="Go back").click()
    assert Job.objects.filter(pk=job.pk).exists()
    window.page.locator("#jobDeleteBtn").click()
    window.page.locator("#askYes").click()

    expect(window.messages).to_contain_text("was deleted")
    assert not Job.objects.filter(pk=job.pk).exists()


def test_every_file_is_seen_before_and_after_also_as_a_pdf(page, ana, files):
    add(page, files[:1])
    body = {"photos": "all", "steps": [{"operation": "convert", "options": {"format": "pdf"}}]}
    job = Job.submit("process", Process().submission(body, ana), ana, door="api")
    run_items(job)

    page.goto(f"/jobs/{job.uuid}")

    for when in ("Before", "After"):
        picture = page.get_by_role("img", name=f"{when}: IMG_0.jpg")
        expect(picture).to_have_js_property("naturalWidth", 40)
        expect(picture).to_have_css("outline-style", "solid")  # a white page on a white card is seen, too
