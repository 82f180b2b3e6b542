"""What the simulation asks the database itself: who waits for a lock, whether a connection has ended."""

from __future__ import annotations

import time
from typing import Any

import psycopg
from django.db import connection

# Children first; accounts stay.
TABLES = (
    "jobs_attempt", "jobs_item", "jobs_lane", "jobs_jobphase", "jobs_event", "jobs_idempotencykey", "jobs_pace",
    "jobs_job", "jobs_tally", "jobs_worker", "jobs_workername",
)  # fmt: skip


class Database:
    """SQLite: there is one writer, so nobody ever waits inside a statement."""

    def empty(self) -> None:
        """Delete every row of the engine."""
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"DELETE FROM {table}")

    def backend_pid_of(self, raw_connection: Any) -> int:
        """What names the server's side of a connection."""
        return 0

    def is_blocked(self, backend_pid: int) -> bool:
        """Whether a connection waits for a lock."""
        return False

    def wait_for_end(self, backend_pid: int) -> None:
        """Wait until the server has noticed that a connection was closed, and has released its locks."""


class PostgreSQL(Database):
    """Asked over a connection of its own, which takes no locks."""

    def __init__(self) -> None:
        self.monitor = psycopg.connect(**monitor_parameters(), autocommit=True)

    def empty(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("; ".join(f"DELETE FROM {table}" for table in TABLES))

    def backend_pid_of(self, raw_connection: Any) -> int:
        return int(raw_connection.info.backend_pid)

    def is_blocked(self, backend_pid: int) -> bool:
        return bool(self.ask("SELECT cardinality(pg_blocking_pids(%s)) > 0", backend_pid))

    def wait_for_end(self, backend_pid: int) -> None:
        while self.ask("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", backend_pid):
            time.sleep(0.0005)

    def ask(self, sql: str, backend_pid: int) -> Any:
        """The first column of the first row."""
        row = self.monitor.execute(sql, (backend_pid,)).fetchone()
        return row and row[0]


def monitor_parameters() -> dict[str, Any]:
    """How Django connects, for a connection beside it."""
    parameters = connection.get_connection_params()
    return {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if parameters.get(name)}


def open_database() -> Database:
    """The one that Django has."""
    return PostgreSQL() if connection.vendor == "postgresql" else Database()
