"""Categories in the library: set by hand, and learnt from."""

import pytest
from playwright.sync_api import Page, expect

from jobs.models import Job
from photos.models import Photo
from tests.browser.library import add, boxes
from tests.jobs.work import run_items
from tests.photos.kinds.test_reclassifying import keep, vector

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("storage"),
]


def test_a_category_is_set_for_the_selected_photos_and_others_follow(page: Page, ana, files):
    add(page, files)
    for photo in Photo.objects.all():
        keep(photo, embedding=vector(1))

    boxes(page).first.check(force=True)
    page.get_by_text("Category", exact=True).click()
    page.get_by_label("Category of the selected photos").fill("Coast")
    page.get_by_role("button", name="Set category").click()
    expect(page.locator("#messages")).to_contain_text("1 photo put into Coast")
    expect(page.locator("#sheet")).to_contain_text("Coast")

    expect(page.locator("#categoryForm")).to_be_hidden()
    expect(page.get_by_label("Category", exact=True).get_by_role("option")).to_have_text(["All categories", "Coast"])

    page.locator("#selectMatchingBtn").click()
    page.get_by_text("Category", exact=True).click()
    page.get_by_role("button", name="Reclassify").click()
    expect(page.locator("#progressModal")).to_be_visible()
    run_items(Job.objects.get(kind="reclassify"))
    expect(page.locator("#progressCloseBtn")).to_be_visible()

    assert set(Photo.objects.values_list("category", flat=True)) == {"Coast"}
