"""Putting a job together: steps, recipes, the live preview, what is to follow."""

import re

import pytest
from playwright.sync_api import Page, expect

from jobs.models import Job
from photos.models import Recipe
from tests.browser.library import add
from tests.photos.imaging import pictures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("storage"),
]


@pytest.fixture
def put_together(page, files) -> Page:
    """The window, open for three photos."""
    add(page, files)
    page.locator("#processAllBtn").click()
    expect(page.locator("#newJobSteps > li")).to_have_count(1)
    return page


def expect_width(page: Page, width: int) -> None:
    """Wait until the picture in the preview has that width, in its own pixels."""
    expect(page.locator("#previewImage")).to_have_js_property("naturalWidth", width)
    expect(page.locator("#previewFigure")).to_have_attribute("data-state", "shown")


def test_steps_are_added_reordered_removed_and_sent_in_order(page, window, files):
    add(page, files)
    page.locator("#processAllBtn").click()
    steps = page.locator("#newJobSteps h3")
    for name in ("convert", "strip-metadata"):
        page.locator("#newStepSelect").select_option(name)
        page.locator("#newStepBtn").click()
    expect(steps).to_have_text(["1. Resize", "2. Convert", "3. Strip metadata"])

    page.get_by_role("button", name="Move Convert up").click()
    page.get_by_role("button", name="Remove Strip metadata").click()
    expect(steps).to_have_text(["1. Convert", "2. Resize"])
    page.get_by_label("Format", exact=True).last.select_option("png")
    page.get_by_role("button", name="Start", exact=True).click()

    window.is_open()
    spec_steps = Job.objects.get().spec["steps"]
    assert [step["operation"] for step in spec_steps] == ["convert", "resize"]
    assert spec_steps[0]["options"]["format"] == "png"


def test_a_wrong_option_is_told_at_its_field_and_nothing_starts(page, files):
    add(page, files)
    page.locator("#processAllBtn").click()

    page.get_by_label("Longest edge").fill("3")
    page.get_by_role("button", name="Start", exact=True).click()

    field = page.locator('[data-option="longest_edge"]')
    expect(field.locator(".wrong")).to_have_text(re.compile("from 16 to"))
    expect(field.locator("input")).to_be_focused()
    assert not Job.objects.exists()


def test_what_the_server_refuses_is_told_at_the_step(page, files):
    add(page, files)
    page.locator("#processAllBtn").click()

    page.get_by_label("Percent").fill("50")
    page.get_by_role("button", name="Start", exact=True).click()

    expect(page.locator(".step-wrong")).to_contain_text("not several of them")
    assert not Job.objects.exists()


def test_the_preview_follows_the_steps(put_together):
    page = put_together
    expect_width(page, 42)

    page.get_by_label("Longest edge").fill("20")
    expect_width(page, 20)

    page.locator("#previewBefore").click()
    expect(page.locator("#previewBefore")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#previewImage")).to_have_attribute("alt", "The original")
    expect_width(page, 42)


def test_a_job_is_not_started_before_its_steps_are_there(page, files):
    add(page, files)
    routes = []
    page.route("**/api/operations", lambda route: routes.append(route))
    page.locator("#processAllBtn").click()
    expect(page.locator("#newJobStart")).to_be_disabled()

    page.get_by_label("Classify").check()
    page.get_by_label("Title").press("Enter")
    page.wait_for_timeout(300)
    routes[0].continue_()

    expect(page.locator("#newJobStart")).to_be_enabled()
    assert not Job.objects.exists()


def test_another_photo_can_be_looked_at(put_together):
    page = put_together
    expect(page.locator("#previewName")).to_have_text("IMG_2.jpg")

    page.locator("#previewNext").click()

    expect(page.locator("#previewName")).to_have_text("IMG_1.jpg")
    expect_width(page, 41)


def test_steps_that_cannot_be_shown_say_why(put_together):
    page = put_together

    page.get_by_label("Longest edge").fill("1")

    expect(page.locator("#previewWords")).to_contain_text("longest_edge")
    expect(page.locator("#previewImage")).to_be_hidden()


def test_a_preview_that_the_server_had_no_time_for_comes_a_moment_later(put_together):
    page = put_together
    expect_width(page, 42)
    busy = {"status": 503, "json": {"error": "The server is too busy to open the file; try again in a moment"}}
    page.route("**/api/preview", lambda route: route.fulfill(**busy), times=1)

    page.get_by_label("Longest edge").fill("20")

    expect(page.locator("#previewWords")).to_contain_text("The server is too busy")
    expect_width(page, 20)


def test_a_recipe_fills_in_its_steps(put_together):
    page = put_together

    page.locator("#newJobRecipe").select_option(label="Privacy: no metadata")

    expect(page.locator("#newJobSteps h3")).to_have_text(["1. Strip metadata"])


def test_the_window_opens_with_the_defaults_of_the_person_for_every_job(put_together, ana):
    page = put_together
    page.goto("/settings")
    page.get_by_label("Recipe").select_option(label="Privacy: no metadata")
    page.get_by_label("Classify").check()
    page.locator("#defaultsBtn").click()
    expect(page.locator("#messages")).to_contain_text("New jobs start with these settings from now on.")

    page.goto("/")
    for follow in ("uncheck", "check"):  # what one job does differently is not how the next one begins
        page.locator("#processAllBtn").click()
        expect(page.locator("#newJobRecipe option:checked")).to_have_text("Privacy: no metadata")
        expect(page.locator("#newJobSteps h3")).to_have_text(["1. Strip metadata"])
        classify = page.locator("#newJobForm").get_by_label("Classify")
        expect(classify).to_be_checked()
        getattr(classify, follow)()
        page.locator("#newJobStart").click()
        page.locator("#progressShrinkBtn").click()

    assert [[phase.name for phase in job.phase_rows] for job in Job.objects.order_by("pk")] == [
        ["process"], ["process", "classify"],
    ]  # fmt: skip


def test_steps_are_kept_as_a_recipe_and_found_again(put_together, ana):
    page = put_together
    page.get_by_label("Longest edge").fill("320")

    page.locator("#newJobKeepBtn").click()
    page.locator("#newJobKeepName").fill("Tiny")
    page.locator("#newJobKeepName").press("Enter")

    expect(page.locator("#newJobKept")).to_have_text("Saved as “Tiny”.")
    expect(page.locator("#newJobRecipe option:checked")).to_have_text("Tiny")
    recipe = Recipe.objects.get(owner=ana)
    assert recipe.name == "Tiny"
    assert recipe.steps[0]["options"]["longest_edge"] == 320

    page.locator("#newJobRecipe").select_option(label="Archive master")
    page.locator("#newJobRecipe").select_option(label="Tiny")
    expect(page.get_by_label("Longest edge")).to_have_value("320")


def test_a_recipe_needs_a_name(put_together):
    page = put_together

    page.locator("#newJobKeepBtn").click()
    page.locator("#newJobKeepSave").click()

    expect(page.locator("#newJobError")).to_contain_text("The recipe was not saved")


def test_the_window_that_was_closed_asks_for_no_more_pictures(put_together):
    page = put_together
    expect_width(page, 42)
    requests = []
    page.on("request", lambda request: requests.append(request.url) if "/api/preview" in request.url else None)

    # In one go: the pause before a new picture is asked for must not be over.
    page.get_by_label("Longest edge").evaluate("""(input) => {
      input.value = 24;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      document.getElementById("newJobClose").click();
    }""")
    page.wait_for_timeout(600)

    assert requests == []
    assert not Job.objects.exists()


def test_a_photo_of_the_library_is_chosen_by_its_name(put_together):
    page = put_together
    page.locator("#newStepSelect").select_option(label="Image watermark")
    page.locator("#newStepBtn").click()
    step = page.locator("#newJobSteps > li").nth(1)
    choice = step.get_by_label("Image", exact=True)
    expect(page.locator("#previewWords")).to_contain_text("image must be given")
    expect(choice.locator("option")).to_have_count(4)

    step.get_by_label("Image: search by name").fill("IMG_1")
    expect(choice.locator("option")).to_have_text(["– Choose a photo –", "IMG_1.jpg"])
    choice.select_option(label="IMG_1.jpg")

    expect_width(page, 42)


def test_a_text_watermark_is_put_together_with_its_colour(put_together, ana):
    page = put_together
    page.locator("#newStepSelect").select_option(label="Watermark")
    page.locator("#newStepBtn").click()
    step = page.locator("#newJobSteps > li").nth(1)

    step.get_by_label("Text").fill("Ana, {year}")
    step.get_by_label("Colour").fill("#ff0000")
    page.locator("#newJobStart").click()
    expect(page.locator("#newJobDialog")).to_be_hidden()

    options = Job.objects.get().spec["steps"][1]["options"]
    assert (options["text"], options["colour"], options["position"]) == ("Ana, {year}", "#ff0000", "bottom-right")


def test_the_pages_of_a_file_are_turned_by_keyboard(page, tmp_path, files):
    scan = pictures.save_corner_pages(tmp_path / "scan.tif", [(60, 40), (50, 30), (20, 70)])
    add(page, [*files, scan])
    page.locator("#processAllBtn").click()
    expect(page.locator("#previewName")).to_have_text("scan.tif")
    expect_width(page, 60)
    expect(page.locator("#previewPages")).to_have_text(re.compile(r"Page\s+of 3"))
    expect(page.locator("#previewPageBack")).to_be_disabled()

    page.locator("#previewPageNext").press("Enter")
    expect(page.get_by_label("Page", exact=True)).to_have_value("2")
    expect_width(page, 50)

    page.get_by_label("Page", exact=True).fill("99")
    page.get_by_label("Page", exact=True).press("Enter")
    expect(page.get_by_label("Page", exact=True)).to_have_value("3")
    expect_width(page, 20)
    expect(page.locator("#previewPageNext")).to_be_disabled()
    assert not Job.objects.exists()

    page.locator("#previewNext").click()
    expect(page.locator("#previewPages")).to_be_hidden()
    page.locator("#previewBack").click()
    expect_width(page, 60)


def test_results_are_written_to_the_folder_that_was_named(page, files, settings, tmp_path):
    settings.STOPBATH_RESULTS = tmp_path
    add(page, files)
    page.locator("#processAllBtn").click()
    expect(page.locator("#newJobFolder")).to_be_hidden()
    page.get_by_label("Write to the folder of results").check()
    page.locator("#newJobFolder").fill("../elsewhere")
    page.locator("#newJobStart").click()
    expect(page.locator("#newJobError")).to_contain_text("must lie inside the one that the operator allows")

    page.locator("#newJobFolder").fill("Berlin/2026")
    page.locator("#newJobStart").click()
    expect(page.locator("#progressModal")).to_be_visible()

    job = Job.objects.get()
    assert job.spec["deliver"] == "Berlin/2026"
    page.goto(job.get_absolute_url())
    expect(page.locator("#resultsFolder")).to_have_text("Written to the folder of results: Berlin/2026")
