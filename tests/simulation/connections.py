"""Puts points of choice before every statement and at both ends of every transaction of an actor's connection."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import OperationalError

from tests.simulation.scheduler import Actor, ProcessKilled, current_actor, wait_here

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from tests.simulation.databases import Database

REFUSED, LOST = "refused", "lost"  # the database refuses; it has done its work, and the answer does not arrive
STATEMENT = re.compile(r"(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|SAVEPOINT|RELEASE|ROLLBACK)\b", re.IGNORECASE)
TABLE = re.compile(r"\bjobs_\w+")
LOCKING = "FOR UPDATE"
READING = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")


class Writer:
    """Which actor has SQLite's only write transaction."""

    def __init__(self) -> None:
        self.actor: Actor | None = None

    def is_free_for(self, actor: Actor | None) -> bool:
        """Whether the actor may begin to write."""
        return self.actor is None or self.actor is actor


class Points:
    """The points of choice of one connection. A transaction of SQLite is one step: nobody else could write."""

    def __init__(
        self,
        wrapper: BaseDatabaseWrapper,
        writer: Writer,
        database: Database,
        blocked: Callable[[], list[Actor]],
    ) -> None:
        self.wrapper, self.writer, self.database, self.blocked = wrapper, writer, database, blocked
        self.transactional = wrapper.vendor == "postgresql"  # whether statements inside a transaction are points, too
        self.faults: tuple[str, ...] = (REFUSED, LOST) if self.transactional else (REFUSED,)
        self.on_commit: Callable[[], None] = lambda: None
        self.connecting = False  # Django's first statements over a new connection are no points of choice
        self.has_locks = False  # since the transaction began

    def install(self) -> None:
        """Stand before the connection's methods."""
        wrapper: Any = self.wrapper
        self.connect, wrapper.connect = wrapper.connect, self.connect_and_note
        self.begin, self.commit, self.rollback = (
            getattr(wrapper, "_start_transaction_under_autocommit", None), wrapper._commit, wrapper._rollback,
        )  # fmt: skip
        wrapper.execute_wrappers.append(self.execute)
        wrapper._commit, wrapper._rollback = self.stop_before_commit, self.note_rollback
        if not self.transactional:
            wrapper._start_transaction_under_autocommit = self.stop_before_begin

    def begin_task(self) -> None:
        """Before a task: Django asks a connection once in a while whether it still works, by the real time."""
        self.wrapper.health_check_done, self.wrapper.close_at = True, None

    def end_task(self) -> None:
        """After a task: a connection that broke, or that a killed process had, is made anew by the next statement."""
        actor = current_actor()
        assert actor is not None
        if actor.killed or self.wrapper.errors_occurred or self.wrapper.in_atomic_block:
            self.wrapper.in_atomic_block = self.wrapper.errors_occurred = self.wrapper.needs_rollback = False
            self.wrapper.savepoint_ids, self.wrapper.run_on_commit = [], []
            self.wrapper.close()
            self.database.wait_for_end(actor.backend_pid)
            self.note_end()

    def connect_and_note(self) -> None:
        """Open the connection, and note what names it to the server."""
        self.connecting = True
        try:
            self.connect()
        finally:
            self.connecting = False
        actor = current_actor()
        assert actor is not None
        actor.backend_pid = self.database.backend_pid_of(self.wrapper.connection)

    def execute(self, call: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """A statement: a point of choice, unless it stands inside one of SQLite's transactions."""
        actor = current_actor()
        assert actor is not None
        if self.connecting or (not self.transactional and (self.wrapper.in_atomic_block or sql.startswith("BEGIN"))):
            if actor.killed:
                raise ProcessKilled
            return call(sql, params, many, context)
        label = describe_statement(sql)
        fault = actor.wait(label, self.faults, self.condition_of(sql, label, actor))
        if fault == REFUSED:
            self.refuse()
        answer = call(sql, params, many, context)
        self.has_locks = self.has_locks or (self.wrapper.in_atomic_block and not label.startswith("SELECT"))
        self.has_locks = self.has_locks or label.endswith(LOCKING)
        if fault == LOST:
            self.refuse()
        actor.released = actor.released or not self.wrapper.in_atomic_block
        return answer

    def condition_of(self, sql: str, label: str, actor: Actor) -> Callable[[], bool] | None:
        """When a statement may go on; None: at any time."""
        if self.transactional and label.endswith(LOCKING) and not self.has_locks:
            # With two that wait for one row PostgreSQL, not the schedule, would choose which of them has it first.
            return lambda: not any(other.label.endswith(LOCKING) for other in self.blocked())
        if self.transactional or sql.lstrip().upper().startswith(READING):
            return None
        return lambda: self.writer.is_free_for(actor)

    def stop_before_begin(self) -> None:
        """The beginning of one of SQLite's transactions."""
        actor = current_actor()
        if wait_here("BEGIN", self.faults, lambda: self.writer.is_free_for(actor)) == REFUSED:
            self.refuse()
        self.writer.actor = actor
        self.begin()

    def stop_before_commit(self) -> None:
        """The end of a transaction."""
        fault = wait_here("COMMIT", self.faults) if self.transactional else ""
        if fault == REFUSED:
            self.refuse()
        self.commit()
        self.note_end()
        self.on_commit()
        if fault == LOST:
            self.refuse()

    def note_rollback(self) -> None:
        """A rollback is no point of choice: a server does it by itself for a client that is no more."""
        self.rollback()
        self.note_end()

    def note_end(self) -> None:
        """Locks have been released."""
        self.has_locks = False
        if actor := current_actor():
            actor.released = True
            if self.writer.actor is actor:
                self.writer.actor = None

    def refuse(self) -> None:
        """Raise what Django raises when the connection breaks; SQLite's does not break, its file is locked."""
        actor = current_actor()
        assert actor is not None
        actor.released = True
        if not self.transactional:
            raise OperationalError("database is locked")
        self.wrapper.errors_occurred = True  # as Django notes it of an error that the driver raises
        self.wrapper.connection.close()
        self.database.wait_for_end(actor.backend_pid)
        raise OperationalError("server closed the connection unexpectedly")


def describe_statement(sql: str) -> str:
    """A statement in a few words: its verb, its table, and whether it locks."""
    verb = STATEMENT.match(sql.lstrip())
    table = TABLE.search(sql)
    lock = f" {LOCKING}" if LOCKING in sql and "SKIP LOCKED" not in sql else ""
    return f"{verb[0].upper() if verb else sql.split()[0]} {table[0] if table else ''}{lock}".strip()
