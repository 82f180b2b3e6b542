"""SQLite with a line for writers.

SQLite alone lets writers look again after 1, 2, 5, 10 … 100 ms, and whoever comes first gets in: beside workers that
write all the time, a page's write may wait for more than a second. Here they line up: it waits for one or two others.
Ours, for no setting of SQLite and no package lets writers of several processes in by turns.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base

from project.sqlite.writer_queue import Turnstile

READS = ("SELECT", "PRAGMA", "EXPLAIN", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "ATTACH", "DETACH")


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that waits in line before it writes."""

    line: Turnstile | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if not self.is_in_memory_db():
            self.line = Turnstile(Path(conn_params["database"]))
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = self.connection.cursor(factory=Cursor)
        cursor.wrapper = self
        return cursor

    def enter(self) -> None:
        """Wait in line."""
        if self.line is not None:
            self.line.enter(self.settings_dict["OPTIONS"].get("timeout", 5.0))

    def leave(self) -> None:
        """Let the next one write."""
        if self.line is not None:
            self.line.leave()

    def _start_transaction_under_autocommit(self) -> None:
        self.enter()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self.leave()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self.leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self.leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            if self.line is not None:
                self.line.close()
                self.line = None


class Cursor(base.SQLiteCursorWrapper):
    """Waits in line for a single statement, too, when it writes outside of a transaction."""

    wrapper: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> Any:
        if self.connection.in_transaction or query.lstrip().upper().startswith(READS):
            return super().execute(query, params)
        self.wrapper.enter()
        try:
            return super().execute(query, params)
        finally:
            self.wrapper.leave()
