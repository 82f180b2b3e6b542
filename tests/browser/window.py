"""The progress window, as a user operates it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Request, expect

from jobs.models import Job


class Window:
    """The elements of the progress window, and the actions on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.dialog = page.locator("#progressModal")
        self.title = page.locator("#progressTitle")
        self.count = page.locator("#progressCount")
        self.percent = page.locator("#progressPercent")
        self.files = page.locator("#progressFiles li")
        self.cancel = page.locator("#progressCancelBtn")
        self.close = page.locator("#progressCloseBtn")
        self.note = page.locator("#progressNote")
        self.messages = page.locator("#messages")
        self.yes = page.get_by_role("button", name="Cancel job", exact=True)
        self.no = page.get_by_role("button", name="Keep going", exact=True)
        self.cancels: list[Request] = []
        page.on("request", self.listen)

    def listen(self, request: Request) -> None:
        """Record the requests that cancel jobs."""
        if request.method == "POST" and re.search(r"/cancel", request.url):
            self.cancels.append(request)

    def show(self, path: str = "/") -> None:
        """Open a page."""
        self.page.goto(path)

    def is_open(self) -> None:
        """Expect the window to be visible."""
        expect(self.dialog).to_be_visible()

    def is_closed(self) -> None:
        """Expect the window to be hidden."""
        expect(self.dialog).to_be_hidden()

    def cancel_job(self) -> None:
        """Press Cancel, and confirm."""
        self.cancel.click()
        self.yes.click()

    def follows(self, job: Job) -> bool:
        """Whether the page's script follows that job."""
        current, active = self.page.evaluate("[window.currentJobId, window.hasActiveJob]")
        return bool(current == str(job.uuid) and active)
