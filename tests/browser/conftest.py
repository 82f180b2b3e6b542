"""A real Chromium, a signed-in page in it, and photos to show there."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Error, Page, Playwright, sync_playwright

from photos.models import Photo, PhotoSet, StoredFile
from tests.broker import broker_in_memory
from tests.browser.window import Window
from tests.photos.pictures import jpeg

NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str | None:
    """The path of the browser: STOPBATH_CHROMIUM or one on the PATH; None for Playwright's own."""
    named = os.environ.get("STOPBATH_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def launched(playwright: Playwright) -> Browser:
    """Start a browser; skip the test if there is none, unless STOPBATH_REQUIRE_BROWSER is 1."""
    if os.environ.get("STOPBATH_CHROMIUM") == "none":
        pytest.skip("STOPBATH_CHROMIUM=none")
    try:
        return playwright.chromium.launch(executable_path=executable(), args=["--no-sandbox"])
    except Error as error:
        if os.environ.get("STOPBATH_REQUIRE_BROWSER") == "1":
            raise
        pytest.skip(f"no Chromium can be started: {str(error).splitlines()[0]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module, not longer: Playwright runs an event loop in this thread."""
    with sync_playwright() as playwright:
        browser = launched(playwright)
        # Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        yield browser
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def static_root() -> None:
    """Create an empty folder of collected files: the server warns without one."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="module", autouse=True)
def messages_go_nowhere() -> Iterator[None]:
    """Send messages to a broker in memory: the tests process items themselves."""
    with broker_in_memory():
        yield


@pytest.fixture(autouse=True)
def plain_static_files(settings) -> None:
    """Serve static files from the source: no manifest has been collected."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def page(browser: Browser, live_server, ana, client, settings) -> Iterator[Page]:
    """A page with Ana signed in; errors of its scripts fail the test."""
    client.force_login(ana)
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1100, "height": 800})
    context.set_default_timeout(8_000)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    yield page
    context.close()
    let_the_server_finish()
    assert errors == []


def let_the_server_finish() -> None:
    """Wait for requests of closed pages: the database is emptied next."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)


@pytest.fixture
def window(page: Page) -> Window:
    """The progress window of the page."""
    return Window(page)


@pytest.fixture
def storage(settings, tmp_path) -> None:
    """An empty storage for each test."""
    settings.STOPBATH_STORAGE = tmp_path / "storage"
    settings.STOPBATH_STORAGE.mkdir()


@pytest.fixture
def files(tmp_path) -> list[Path]:
    """Three small photos in a folder."""
    folder = tmp_path / "coast"
    folder.mkdir()
    paths = []
    for number in range(3):
        paths.append(folder / f"IMG_{number}.jpg")
        paths[-1].write_bytes(jpeg(40 + number, 30))
    return paths


@pytest.fixture
def add_many():
    """A function that adds photos without files to a user's library."""

    def add(owner, number: int, **facts) -> None:
        together = PhotoSet.objects.create(owner=owner)
        for _ in range(number):
            sha256 = uuid4().hex * 2
            file = StoredFile.objects.create(sha256=sha256, size=1, format="jpeg", width=4, height=3)
            Photo.objects.create(owner=owner, file=file, set=together, name=f"{sha256[:6]}.jpg", format="jpeg", **facts)

    return add


@pytest.fixture
def impatient(page) -> None:
    """Divide the page's time limits for answers by 30."""
    page.add_init_script(
        "{ const timeout = AbortSignal.timeout; AbortSignal.timeout = (time) => timeout.call(AbortSignal, time / 30); }"
    )
