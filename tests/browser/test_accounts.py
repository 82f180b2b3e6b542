"""Forms about the account that come back: a person goes on where something was wrong."""

import pytest
from playwright.sync_api import expect

from jobs.models import Job
from tests.jobs.work import make_job, run_items

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_after_a_wrong_sign_in_the_password_is_typed_again(page):
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill("wrong")

    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Username")).to_have_value("ana")
    expect(page.get_by_label("Password")).to_be_focused()


def test_a_weak_password_is_told_where_it_was_typed_first(page):
    page.goto("/password")
    page.get_by_label("Old password").fill("correct horse battery")
    page.get_by_label("New password", exact=True).fill("12345")
    page.get_by_label("Repeat the new password").fill("12345")

    page.get_by_role("button", name="Change password").click()

    field = page.get_by_label("New password", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(
        "At least 8 characters, not only digits, and not a common password. "
        "This password is too short. It must contain at least 8 characters. "
        "This password is too common. This password is entirely numeric."
    )


def test_a_form_of_a_page_that_was_signed_out_in_another_tab_leads_back_to_that_page(page, ana):
    job = make_job(ana, items=1)
    run_items(job)
    page.goto(f"/jobs/{job.uuid}")
    other = page.context.new_page()
    other.goto("/settings")
    other.locator("header summary").click()
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("button", name="Sign in")).to_be_visible()

    page.locator("#jobDeleteBtn").click()
    page.locator("#askYes").click()

    expect(page.locator("#messages")).to_contain_text("You were signed out: nothing was changed.")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#jobDeleteBtn")).to_be_visible()
    assert Job.objects.filter(pk=job.pk).exists()
