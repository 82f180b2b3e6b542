"""Starting a job from the library, for all that match or for what is selected."""

import pytest
from playwright.sync_api import expect

from jobs.api import views
from jobs.models import Job
from photos.kinds.process import Process
from tests.browser.library import add, boxes
from tests.jobs.work import run_items

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("storage"),
]


def test_process_all_says_the_count_starts_and_shows_progress_and_results(page, window, files):
    add(page, files)
    page.locator("#uploadsHide").click()

    page.locator("#processAllBtn").click()
    expect(page.locator("#newJobCount")).to_have_text("3 files will be processed.")
    page.get_by_label("Longest edge").fill("20")
    page.get_by_role("button", name="Start", exact=True).click()

    window.is_open()
    expect(window.title).to_have_text("Processing Files…")
    expect(window.count).to_have_text("0 / 3 files")
    job = Job.objects.get()
    assert window.follows(job)
    run_items(job)
    expect(window.close).to_be_visible()
    expect(page.locator('#progressFiles li[data-status="succeeded"]')).to_have_count(3)
    window.close.click()
    expect(page.locator("#newResults .strip li")).to_have_count(3)
    expect(page.locator("#newResultsCount")).to_have_text("3 files")

    boxes(page).first.check()
    page.locator("#processSelectedBtn").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(window.count).to_have_text("0 / 1 files")
    run_items(Job.objects.latest("pk"))
    expect(page.locator("#newResultsCount")).to_have_text("1 file")


def test_all_results_are_told_of_a_job_that_ends_faster_than_its_files_are_listed(
    page, window, ana, files, monkeypatch
):
    monkeypatch.setattr(views, "ITEMS_PER_PAGE", 1)
    add(page, files)
    body = {"photos": "all", "steps": [{"operation": "resize", "options": {"longest_edge": 20}}]}
    job = Job.submit("process", Process().submission(body, ana), ana, door="api")
    page.reload()
    window.is_open()

    run_items(job)

    expect(window.close).to_be_visible()
    expect(window.files).to_have_count(3)
    expect(page.locator("#newResultsCount")).to_have_text("3 files")


def test_what_is_selected_further_down_can_be_processed_from_there(page, ana, add_many):
    add_many(ana, 60)
    page.goto("/")

    boxes(page).last.focus()
    page.keyboard.press("Space")

    expect(page.locator("#processSelectedBtn")).to_be_in_viewport()
    page.locator("#processSelectedBtn").click()
    expect(page.locator("#newJobCount")).to_have_text("1 file will be processed.")


def test_process_selected_takes_only_what_is_selected(page, window, files):
    add(page, files)
    expect(boxes(page)).to_have_count(3)
    boxes(page).nth(1).click()

    page.locator("#processSelectedBtn").click()
    expect(page.locator("#newJobCount")).to_have_text("1 file will be processed.")
    page.get_by_role("button", name="Start", exact=True).click()

    window.is_open()
    expect(window.count).to_have_text("0 / 1 files")


def test_a_start_whose_answer_was_lost_starts_one_job(page, window, files):
    add(page, files)
    page.locator("#processAllBtn").click()
    lost = []

    def lose(route):
        lost.append(route.fetch())
        route.abort()

    page.route("**/api/jobs", lose)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#newJobError")).to_contain_text("The server cannot be reached")
    page.unroute("**/api/jobs")

    page.get_by_role("button", name="Start", exact=True).click()

    window.is_open()
    assert [answer.status for answer in lost] == [201]
    assert Job.objects.count() == 1


def test_the_filter_decides_what_all_means(page, window, files):
    add(page, files)
    page.goto("/?search=IMG_1")

    page.locator("#processAllBtn").click()
    expect(page.locator("#newJobCount")).to_have_text("1 file will be processed.")
    page.get_by_role("button", name="Start", exact=True).click()

    window.is_open()
    assert Job.objects.get().counts.total == 1
