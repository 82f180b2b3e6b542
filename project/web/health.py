"""The health check of the site: `/healthz`."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.models import Worker
from project.supervisor.broker_address import is_reachable


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 if database and broker answer and a worker is alive, otherwise 503; the body names each."""
    database = is_database_reachable()
    broker = is_reachable(settings.REDIS_URL or settings.CELERY_BROKER_URL)
    workers = Worker.objects.alive().count() if database else 0
    is_healthy = database and broker and workers > 0
    facts = {
        "status": "ok" if is_healthy else "unavailable",
        "database": database,
        "broker": broker,
        "workers": workers,
        "beat": database and Worker.is_beat_alive(),
    }
    return JsonResponse(facts, status=200 if is_healthy else 503)


def is_database_reachable() -> bool:
    """Whether the database answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        # Without the close, the next request would get the broken connection again.
        connection.close()
        return False
    return True
