"""Actions on the page of the library."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect


def add(page: Page, files: list[Path]) -> None:
    """Upload files, and wait until all have been sent."""
    page.goto("/")
    page.locator("#fileInput").set_input_files(files)
    expect(page.locator("#uploadsHide")).to_be_visible()


def boxes(page: Page) -> Locator:
    """The checkboxes of the contact sheet."""
    return page.locator('#sheet input[name="photos"]')
