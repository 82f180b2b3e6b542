"""A process that is stopped in the middle of a transaction keeps what it has locked from everybody else.

PostgreSQL ends such a transaction: a process that wakes up then finds it undone, and its claims gone. No healthy one
is idle for that long. On SQLite the line of writers sees to it (project/sqlite/writer_queue.py).
"""

from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver


@receiver(connection_created)
def limit_idle_transactions(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Have the server end this connection when it is silent for too long inside a transaction."""
    if connection.vendor == "postgresql":
        # Said here and not when connecting: a pooler between us and the server may refuse it there.
        with connection.cursor() as cursor:
            limit = f"{settings.STOPBATH_MAX_IDLE_SECONDS}s"
            cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, false)", [limit])
