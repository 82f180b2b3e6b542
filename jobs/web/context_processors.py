"""The jobs that every page shows."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from jobs.models import Job

MAX_ACTIVE_JOBS = 20
MAX_WARNINGS = 5


def notices(request: HttpRequest) -> dict[str, Any]:
    """`active_jobs`, newest first, and `cancelled_jobs` whose warning has not been dismissed."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    mine = Job.objects.visible_to(request.user).with_counts().newest_first()
    # Lazy: at most one query each, and none for parts of pages, which show neither.
    return {
        "active_jobs": SimpleLazyObject(lambda: list(mine.active()[:MAX_ACTIVE_JOBS])),
        "cancelled_jobs": SimpleLazyObject(lambda: list(mine.filter(notice=True)[:MAX_WARNINGS])),
    }
