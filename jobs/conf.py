"""Settings of the engine's pages, each with a default."""

from __future__ import annotations

from typing import Final

from django.conf import settings

SETTING_DEFAULTS: Final = {
    "JOBS_BASE_TEMPLATE": "base.html",  # extended by all pages; has the blocks title and content
    "JOBS_EMPTY_TEMPLATE": "jobs/_empty.html",  # shown in the history of a user without jobs
    "JOBS_HOME": "jobs",  # URL name that a dismissed warning leads to
    "JOBS_CANCEL_ALL_HOME": "jobs",  # URL name of the page with the button that cancels all jobs
}


def get_setting(name: str) -> str:
    """The project's value of a setting in `SETTING_DEFAULTS`, or its default."""
    return str(getattr(settings, name, SETTING_DEFAULTS[name]))
