"""Limit idle transactions: a process that is suspended inside a transaction would keep its locks.

PostgreSQL ends such a transaction and rolls it back; the process has lost its claims when it resumes. No healthy
process is idle for so long. On SQLite the queue of writers has its own limit (project/sqlite/writer_queue.py).
"""

from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver


@receiver(connection_created)
def limit_idle_transactions(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Have PostgreSQL close the connection after STOPBATH_MAX_IDLE_SECONDS of idle time inside a transaction."""
    if connection.vendor == "postgresql":
        # Set here, not as a connection option: a pooler between us and the server may refuse options.
        with connection.cursor() as cursor:
            limit = f"{settings.STOPBATH_MAX_IDLE_SECONDS}s"
            cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, false)", [limit])
