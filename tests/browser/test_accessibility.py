"""Every page passes axe-core without a serious finding: wide and narrow, light and dark."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from jobs.models import Job
from photos.models import Photo
from tests.browser.library import add
from tests.jobs.work import make_job, run_items

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("storage"),
]

SERIOUS = {"serious", "critical"}
VIEWS = [(1200, "light"), (1200, "dark"), (360, "light")]


def findings(page: Page) -> list[str]:
    """What axe-core calls serious or worse about the page as it stands."""
    violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['help']}): {node['target']} {node.get('failureSummary', '')}"
        for one in violations
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


@pytest.fixture(params=VIEWS, ids=lambda shown_page: f"{shown_page[0]}-{shown_page[1]}")
def shown_page(page, request) -> Page:
    """The page, as wide and as light as that."""
    width, scheme = request.param
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    return page


LONG_NAME = "A_name_that_some_telephone_gave_to_a_picture_" * 4 + ".jpg"
WITHIN = """document.documentElement.scrollWidth <= window.innerWidth
    && [...document.querySelectorAll("dialog[open]")].every((each) => each.scrollWidth <= each.clientWidth)"""


def passes(page: Page) -> None:
    """Nothing serious, and nothing that stands over the edge."""
    assert findings(page) == []
    assert page.evaluate(WITHIN), "it must be scrolled sideways"


def test_the_library_and_its_windows(shown_page, files):
    shown_page.goto("/")
    passes(shown_page)

    add(shown_page, files)
    passes(shown_page)
    shown_page.locator('#sheet input[name="photos"]').first.check()
    passes(shown_page)
    for menu in (".category-menu", ".more-filters"):
        shown_page.locator(f"{menu} summary").click()
        passes(shown_page)
        shown_page.keyboard.press("Escape")

    shown_page.locator("#processAllBtn").click()
    expect(shown_page.locator("#previewFigure")).to_have_attribute("data-state", "shown")
    passes(shown_page)

    shown_page.locator("#newJobClose").click()
    Photo.objects.filter(name="IMG_2.jpg").update(name=LONG_NAME)
    shown_page.goto("/?search=jpg&format=jpeg")
    shown_page.locator("#sheet p a").first.click()
    expect(shown_page.get_by_role("heading", level=1)).to_have_text(LONG_NAME)
    passes(shown_page)

    shown_page.goto("/")
    shown_page.locator("#processAllBtn").click()
    expect(shown_page.locator("#newJobSteps > li")).to_have_count(1)
    shown_page.locator("#newJobStart").click()
    expect(shown_page.locator("#progressModal")).to_be_visible()
    passes(shown_page)
    shown_page.locator("#progressCancelBtn").click()
    expect(shown_page.locator("#cancelDialog")).to_be_visible()
    passes(shown_page)


def test_the_pages_about_jobs(shown_page, ana):
    shown_page.goto("/jobs")
    passes(shown_page)

    finished, failed = make_job(ana, items=3, fail=[2], fail_attempts=1), make_job(ana, items=2, fail=[1, 2])
    run_items(finished)
    Job.objects.get(pk=finished.pk).retry(by=ana, door="page")
    for job in (finished, failed):
        run_items(job)
    make_job(ana, items=2).cancel(by=ana, door="page")
    make_job(ana, items=4)
    for path in ("/jobs", f"/jobs/{finished.uuid}", f"/jobs/{failed.uuid}?show=failed"):
        shown_page.goto(path)
        passes(shown_page)


@pytest.mark.parametrize("path", ["/settings", "/password", "/recipes"])
def test_the_pages_about_the_account(shown_page, path):
    shown_page.goto(path)
    passes(shown_page)


def test_the_way_in(shown_page):
    shown_page.context.clear_cookies()
    shown_page.goto("/sign-in")
    passes(shown_page)


def test_the_first_start(shown_page, django_user_model):
    shown_page.context.clear_cookies()
    django_user_model.objects.all().delete()
    shown_page.goto("/first-start")
    passes(shown_page)
    assert not Photo.objects.exists()
