"""What a project may say of its site to the engine's pages: settings, each with a default."""

from __future__ import annotations

from typing import Final

from django.conf import settings

SETTING_DEFAULTS: Final = {
    "JOBS_BASE_TEMPLATE": "base.html",  # that pages extend; its blocks: title, content
    "JOBS_EMPTY_TEMPLATE": "jobs/_empty.html",  # what stands in the history of a person without jobs
    "JOBS_HOME": "jobs",  # the name of the address to which a dismissed warning leads
    "JOBS_CANCEL_ALL_HOME": "jobs",  # the name of the address of the page that has a button to cancel everything
}


def get_setting(name: str) -> str:
    """The project's value of one of them."""
    return str(getattr(settings, name, SETTING_DEFAULTS[name]))
