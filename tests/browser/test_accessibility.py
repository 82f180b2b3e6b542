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
SEEN = [(1200, "light"), (1200, "dark"), (360, "light")]


def findings(page: Page) -> list[str]:
    """What axe-core calls serious or worse about the page as it stands."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['help']}): {node['target']} {node.get('failureSummary', '')}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


@pytest.fixture(params=SEEN, ids=lambda seen: f"{seen[0]}-{seen[1]}")
def seen(page, request) -> Page:
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


def test_the_library_and_its_windows(seen, files):
    seen.goto("/")
    passes(seen)

    add(seen, files)
    passes(seen)
    seen.locator('#sheet input[name="photos"]').first.check()
    passes(seen)
    for menu in (".category-menu", ".more-filters"):
        seen.locator(f"{menu} summary").click()
        passes(seen)
        seen.keyboard.press("Escape")

    seen.locator("#processAllBtn").click()
    expect(seen.locator("#previewFigure")).to_have_attribute("data-state", "shown")
    passes(seen)

    seen.locator("#newJobClose").click()
    Photo.objects.filter(name="IMG_2.jpg").update(name=LONG_NAME)
    seen.goto("/?search=jpg&format=jpeg")
    seen.locator("#sheet p a").first.click()
    expect(seen.get_by_role("heading", level=1)).to_have_text(LONG_NAME)
    passes(seen)

    seen.goto("/")
    seen.locator("#processAllBtn").click()
    expect(seen.locator("#newJobSteps > li")).to_have_count(1)
    seen.locator("#newJobStart").click()
    expect(seen.locator("#progressModal")).to_be_visible()
    passes(seen)
    seen.locator("#progressCancelBtn").click()
    expect(seen.locator("#cancelDialog")).to_be_visible()
    passes(seen)


def test_the_pages_about_jobs(seen, ana):
    seen.goto("/jobs")
    passes(seen)

    finished, failed = make_job(ana, items=3, fail=[2], fail_attempts=1), make_job(ana, items=2, fail=[1, 2])
    run_items(finished)
    Job.objects.get(pk=finished.pk).retry(by=ana, door="page")
    for job in (finished, failed):
        run_items(job)
    make_job(ana, items=2).cancel(by=ana, door="page")
    make_job(ana, items=4)
    for path in ("/jobs", f"/jobs/{finished.uuid}", f"/jobs/{failed.uuid}?show=failed"):
        seen.goto(path)
        passes(seen)


@pytest.mark.parametrize("path", ["/settings", "/password", "/recipes"])
def test_the_pages_about_the_account(seen, path):
    seen.goto(path)
    passes(seen)


def test_the_way_in(seen):
    seen.context.clear_cookies()
    seen.goto("/sign-in")
    passes(seen)


def test_the_first_start(seen, django_user_model):
    seen.context.clear_cookies()
    django_user_model.objects.all().delete()
    seen.goto("/first-start")
    passes(seen)
    assert not Photo.objects.exists()
