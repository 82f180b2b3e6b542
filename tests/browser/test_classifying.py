"""Categories in the library: set by hand, and learnt from."""

import pytest
from playwright.sync_api import Page, expect

from jobs.models import Job
from photos.models import Photo
from tests.browser.test_library import add, boxes, files, storage  # noqa: F401
from tests.engine.work import work
from tests.photos.test_reclassifying import keep, vector

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_category_is_set_for_the_selected_photos_and_others_follow(page: Page, ana, files):  # noqa: F811
    add(page, files)
    for photo in Photo.objects.all():
        keep(photo, embedding=vector(1))

    boxes(page).first.check(force=True)
    page.locator('#categoryForm input[name="category"]').fill("Coast")
    page.get_by_role("button", name="Set category").click()
    expect(page.locator("#messages")).to_contain_text("1 photo put into Coast")
    expect(page.locator("#sheet")).to_contain_text("Coast")

    page.locator("#selectMatchingBtn").click()
    page.get_by_role("button", name="Reclassify").click()
    expect(page.locator("#progressModal")).to_be_visible()
    work(Job.objects.get(kind="reclassify"))
    expect(page.locator("#progressCloseBtn")).to_be_visible()

    assert set(Photo.objects.values_list("category", flat=True)) == {"Coast"}
