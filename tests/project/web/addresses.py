"""Finds every address on a page, and the method with which it is used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

SCRIPTS_FOLDER = Path(settings.BASE_DIR) / "project" / "static" / "stopbath" / "js"
NIL_UUID = "00000000-0000-0000-0000-000000000000"

# attribute of a page → the method with which the scripts request its address
SCRIPT_METHODS = {
    "data-job-url": "GET",
    "data-items-url": "GET",
    "data-page-url": "GET",
    "data-notice-url": "GET",
    "data-cancel-url": "POST",
    "data-start-url": "POST",
    "data-photos-url": "POST",
    "data-library-url": "GET",
    "data-operations-url": "GET",
    "data-recipes-url": "GET",
    "data-preview-url": "POST",
}
# One address, two methods: listing jobs in the progress window, submitting in the new-job window.
DIALOG_METHODS = {("dialog", "data-jobs-url"): "GET", ("form", "data-jobs-url"): "POST"}


@dataclass(frozen=True)
class Address:
    """An address on a page, and the method with which it is used."""

    method: str
    url: str
    source: str  # the tag and attribute that hold the address

    @property
    def path(self) -> str:
        """The address without its query."""
        return urlsplit(self.url).path


class Addresses(HTMLParser):
    """Collects the addresses of one page."""

    def __init__(self, html: str, page: str) -> None:
        super().__init__()
        self.page = page
        self.method = "GET"
        self.addresses: set[Address] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Add the addresses of a tag."""
        values = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.method = values.get("method", "get").upper()
            if self.method != "DIALOG":
                self.add(self.method, values.get("action", self.page), "form action")
        for name, value in values.items():
            if method := self.method_of(tag, name, values):
                self.add(method, value, f"{tag} {name}")

    def method_of(self, tag: str, name: str, values: dict[str, str]) -> str | None:
        """The method for the address in an attribute; None for an attribute without an address."""
        if name in ("href", "src"):
            return "GET"
        if name == "formaction":
            return values.get("formmethod", self.method).upper()
        if name in ("hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"):
            return name.removeprefix("hx-").upper()
        if name.endswith("-url"):
            return DIALOG_METHODS.get((tag, name)) or SCRIPT_METHODS[name]
        return None

    def add(self, method: str, url: str, source: str) -> None:
        """Add an address, except one within its page."""
        if not url.startswith("#"):
            self.addresses.add(Address(method, url, source))


def explain_broken(address: Address, client: Client) -> str:
    """The fault of an address, as a sentence; empty if it is answered for its method."""
    if urlsplit(address.url).netloc:
        return f"{address.url} leads away from this site"
    if address.path.startswith(settings.STATIC_URL):
        file = finders.find(address.path.removeprefix(settings.STATIC_URL))
        return "" if file else f"{address.path} is no static file"
    answer = client.generic(address.method, address.url, content_type=content_type(address))
    answer.getvalue()  # read to its end, which closes the file
    if answer.status_code not in (404, 405, 500):
        return ""
    return f"{address.method} {address.url} ({address.source}) is answered with {answer.status_code}"


def content_type(address: Address) -> str:
    """The content type of a form or a script."""
    form = address.source.startswith("form action") or address.source.endswith("formaction")
    return "application/x-www-form-urlencoded" if form else "application/json"


def read_scripts() -> dict[str, str]:
    """Our scripts by their path in the folder of scripts."""
    return {str(path.relative_to(SCRIPTS_FOLDER)): path.read_text() for path in sorted(SCRIPTS_FOLDER.rglob("*.js"))}


def script_url_attributes() -> set[str]:
    """The data-…-url attributes that scripts read."""
    text = "\n".join(read_scripts().values())
    names = re.findall(r"dataset\.(\w+)Url\b|\{[^}]*?\b(\w+)Url\b[^}]*\} = \w+\.dataset", text)
    of_windows = re.findall(r'\baddress\("(\w+)"', text)
    return {f"data-{name}-url" for pair in names for name in pair if name} | {f"data-{name}-url" for name in of_windows}
