"""The library: what arrives is shown; photos are selected, filtered and deleted."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from photos.models import Photo
from tests.browser.library import add, boxes

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("storage"),
]


def test_a_photo_tells_the_time_that_its_camera_showed_wherever_the_reader_is(page, ana, add_many):
    """Half past two was no time of that night in New York; where the photo was taken it was."""
    add_many(ana, 1, taken_at=datetime(2024, 3, 10, 2, 30, tzinfo=UTC))
    zone = page.context.new_cdp_session(page)
    zone.send("Emulation.setTimezoneOverride", {"timezoneId": "America/New_York"})

    page.goto(f"/photos/{Photo.objects.get().uuid}")

    expect(page.get_by_text(re.compile("Mar 10, 2024, 2:30.AM"))).to_be_visible()


def test_one_a_range_and_all_that_match_are_selected(page, files):
    add(page, files)
    expect(boxes(page)).to_have_count(3)
    words = page.locator("#selectionWords")

    boxes(page).nth(0).click()
    expect(words).to_have_text("1 selected")
    boxes(page).nth(2).click(modifiers=["Shift"])
    expect(words).to_have_text("3 selected")
    boxes(page).nth(1).click()
    expect(words).to_have_text("2 selected")
    page.locator("#selectMatchingBtn").click()
    expect(words).to_have_text("All 3 photos that match")
    page.locator("#clearSelectionBtn").click()
    expect(page.locator("#selectionBar")).to_be_hidden()
    expect(page.locator("#processSelectedBtn")).to_be_disabled()


def test_the_keyboard_stays_at_its_photo_while_others_arrive(page, files):
    add(page, files[:2])
    expect(boxes(page)).to_have_count(2)
    first = page.get_by_label("Select IMG_0.jpg")
    first.focus()
    page.keyboard.press("Space")

    page.locator("#fileInput").set_input_files(files[2:])

    expect(boxes(page)).to_have_count(3)
    expect(first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.get_by_label("Select IMG_2.jpg").click(modifiers=["Shift"])
    expect(page.locator("#selectionWords")).to_have_text("3 selected")


def test_what_arrives_is_shown_at_the_top_and_not_to_somebody_further_down(page, ana, add_many, files):
    add_many(ana, 150)
    page.set_viewport_size({"width": 500, "height": 600})
    page.goto("/")
    page.locator("#moreCards").scroll_into_view_if_needed()
    expect(boxes(page)).to_have_count(150)
    boxes(page).last.scroll_into_view_if_needed()

    page.locator("#fileInput").set_input_files(files)
    expect(page.locator("#uploadsWords")).to_have_text("3 of 3 files added")
    page.wait_for_timeout(300)
    expect(boxes(page)).to_have_count(150)

    page.keyboard.press("Home")
    expect(page.locator("#libraryCount")).to_have_text("153 photos")


def test_what_arrives_is_counted_at_once_when_everything_is_selected(page, ana, add_many, files):
    add_many(ana, 150)
    page.set_viewport_size({"width": 500, "height": 600})
    page.goto("/")
    boxes(page).first.check()
    with page.expect_response("**/"):  # the sheet is fetched anew
        page.locator("#selectMatchingBtn").click()
    page.evaluate("() => window.scrollTo(0, 3000)")

    page.locator("#fileInput").set_input_files(files)

    expect(page.locator("#selectionWords")).to_have_text("All 153 photos that match")


def test_photos_can_be_selected_by_keyboard(page, files):
    add(page, files)
    expect(boxes(page)).to_have_count(3)

    boxes(page).nth(1).focus()
    page.keyboard.press("Space")

    expect(page.locator("#selectionWords")).to_have_text("1 selected")


def test_a_folder_and_dates_filter_and_are_told_until_they_are_taken_away(page, ana, add_many):
    add_many(ana, 2, path="Iceland/day 1", taken_at=datetime(2025, 6, 1, tzinfo=UTC))
    add_many(ana, 3, path="Iceland/day 2", taken_at=datetime(2025, 6, 2, tzinfo=UTC))
    page.goto("/")

    page.get_by_text("Folder, date, set").click()
    page.get_by_label("Folder, and those below it").fill("Iceland")
    page.get_by_label("Taken from").fill("2025-06-02")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#libraryCount")).to_have_text("3 photos")
    assert page.url.endswith("/?path=Iceland&taken_after=2025-06-02")

    page.get_by_role("link", name="Remove the filter Taken from: 2025-06-02").click()
    expect(page.locator("#libraryCount")).to_have_text("5 photos")
    expect(page.get_by_role("list", name="Filters in use")).to_contain_text("Folder Iceland")


def test_selected_photos_are_deleted_after_a_question(page, files):
    add(page, files)
    boxes(page).nth(0).check()
    boxes(page).nth(2).check()

    page.locator("#deleteSelectedBtn").click()
    page.locator("#askYes").click()

    expect(page.locator("#messages")).to_contain_text("2 photos were deleted.")
    expect(boxes(page)).to_have_count(1)
    assert [photo.name for photo in Photo.objects.all()] == ["IMG_1.jpg"]


def test_all_that_match_are_deleted(page, files):
    add(page, files)
    page.goto("/?search=IMG_0")
    boxes(page).first.check()

    page.evaluate("document.getElementById('selectMatchingBtn').hidden = false")
    page.locator("#selectMatchingBtn").click()
    page.locator("#deleteSelectedBtn").click()
    page.locator("#askYes").click()

    expect(page.locator("#messages")).to_contain_text("1 photo was deleted.")
    assert Photo.objects.count() == 2
