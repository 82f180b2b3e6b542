"""Cancel All Batch Processing."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.jobs.work import make_job, reload

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def press(page: Page) -> None:
    """Press the button, and mean it."""
    page.locator("#cancelAllBtn").click()
    page.get_by_role("button", name="Cancel all jobs").click()


def test_cancel_all_ends_everything_and_says_how_many(ana, ben, page):
    jobs = [make_job(ana) for _ in range(3)]
    foreign = make_job(ben)
    page.goto("/settings")

    press(page)

    expect(page.locator("#messages")).to_contain_text("3 jobs were cancelled")
    assert {reload(job).status for job in jobs} == {"cancelled"}
    assert reload(foreign).status == "queued"
    expect(page.locator("#progressBarFoot")).to_be_hidden()


def test_cancel_all_with_nothing_running_says_so(page):
    page.goto("/settings")

    press(page)

    expect(page.locator("#messages")).to_contain_text("Nothing is running")


def test_cancel_all_asks_first(ana, page):
    job = make_job(ana)
    page.goto("/settings")

    page.locator("#cancelAllBtn").click()
    page.get_by_role("button", name="Go back").click()

    page.wait_for_timeout(200)
    assert reload(job).status == "queued"


def test_cancel_all_with_the_server_answering_503_is_shown_and_can_be_tried_again(ana, page):
    job = make_job(ana)
    page.goto("/settings")
    page.route("**/cancel", lambda route: route.fulfill(status=503, body='{"error": "The database is away."}'))

    press(page)

    expect(page.locator("#messages")).to_contain_text("Failed to cancel: The database is away (HTTP 503)")
    assert reload(job).status == "queued"
    page.unroute("**/cancel")
    press(page)
    expect(page.locator("#messages")).to_contain_text("1 job was cancelled")
    expect(page.locator("#messages")).not_to_contain_text("Failed to cancel")


def test_cancel_all_works_without_script(browser, live_server, ana, client, settings):
    job = make_job(ana)
    client.force_login(ana)
    name = settings.SESSION_COOKIE_NAME
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    page.goto("/settings")

    page.locator("#cancelAllBtn").click()

    expect(page.locator("#messages")).to_contain_text("1 job was cancelled")
    assert reload(job).status == "cancelled"
    context.close()


def test_a_new_token_is_shown_once(page):
    page.goto("/settings")

    page.get_by_label("Name of the new token").fill("backup script")
    page.get_by_role("button", name="Create token").click()

    expect(page.locator("#newToken")).to_have_text(re.compile(r"[\w-]{40,}"))
    page.reload()
    expect(page.locator("#newToken")).to_have_count(0)
    expect(page.get_by_text("backup script")).to_be_visible()


def test_the_description_of_the_api_opens_under_our_content_security_policy(page):
    page.goto("/settings")

    page.get_by_role("link", name="API documentation").click()

    expect(page.locator(".swagger-ui .opblock").first).to_be_visible()
