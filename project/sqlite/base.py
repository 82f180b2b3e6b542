"""SQLite with a queue of writers.

SQLite alone retries after 1, 2, 5, 10 … 100 ms, and any writer may win: beside workers that write all the time, the
write of a page may wait for more than a second. In a queue it waits for one or two other writers. No setting of SQLite
and no package admits the writers of several processes in turn.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base

from project.sqlite.writer_queue import WriterQueue

READ_STATEMENTS = ("SELECT", "PRAGMA", "EXPLAIN", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "ATTACH", "DETACH")


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that acquires the write lock of the queue before it writes."""

    writer_queue: WriterQueue | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if not self.is_in_memory_db():
            self.writer_queue = WriterQueue(Path(conn_params["database"]))
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = self.connection.cursor(factory=Cursor)
        cursor.wrapper = self
        return cursor

    def acquire_write_lock(self) -> None:
        """Wait for the write lock, at most for the timeout of the connection."""
        if self.writer_queue is not None:
            self.writer_queue.acquire(self.settings_dict["OPTIONS"].get("timeout", 5.0))

    def release_write_lock(self) -> None:
        """Admit the next writer; do nothing without the lock."""
        if self.writer_queue is not None:
            self.writer_queue.release()

    def _start_transaction_under_autocommit(self) -> None:
        # Before BEGIN, never inside the transaction: a transaction that waits here would keep SQLite's own lock.
        self.acquire_write_lock()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self.release_write_lock()
            raise

    def _commit(self) -> None:
        # After COMMIT, even a failed one: the next writer would otherwise wait for its timeout.
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self.release_write_lock()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self.release_write_lock()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            if self.writer_queue is not None:
                self.writer_queue.close()
                self.writer_queue = None


class Cursor(base.SQLiteCursorWrapper):
    """Acquires the write lock also for each statement that writes outside of a transaction."""

    wrapper: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> Any:
        if self.connection.in_transaction or query.lstrip().upper().startswith(READ_STATEMENTS):
            return super().execute(query, params)
        self.wrapper.acquire_write_lock()
        try:
            return super().execute(query, params)
        finally:
            self.wrapper.release_write_lock()
