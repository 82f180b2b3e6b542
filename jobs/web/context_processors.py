"""What every page knows of the person's jobs."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from jobs.models import Job


def notices(request: HttpRequest) -> dict[str, Any]:
    """`active_jobs`, newest first, and `cancelled_jobs` whose warning has not been dismissed."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    mine = Job.objects.visible_to(request.user).with_counts().newest_first()
    # Asked for once at the most, however often a template mentions them; not at all by parts of pages.
    return {
        "active_jobs": SimpleLazyObject(lambda: list(mine.active()[:20])),
        "cancelled_jobs": SimpleLazyObject(lambda: list(mine.filter(notice=True)[:5])),
    }
