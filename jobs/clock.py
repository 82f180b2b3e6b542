"""The database's clock: all times of the engine are its, so that workers' own clocks do not matter."""

import time
from datetime import datetime, timedelta

from django.db import InterfaceError, InternalError, OperationalError, connection
from django.utils import timezone

# What is raised when the database cannot be reached, among others; the last by one that ended a silent transaction.
UNREACHABLE_ERRORS = (OperationalError, InterfaceError, InternalError)
# PostgreSQL's codes for what passes: broken connections, too few resources, transactions rolled back for others' sake,
# locks not had in time, the server's disk, its shutdowns and starts, silent or long transactions that it ended, and one
# that may only read while another takes over. Others of the same exceptions come again however often they are tried: a
# limit exceeded, a statement that takes too long.
TRANSIENT_CODES = ("08", "40", "53", "55P03", "57P0", "58", "25006", "25P03", "25P04")
MISSING_SCHEMA_TEXTS = (
    "no such table",
    "no such column",
    "has no column named",
)  # SQLite's words, which it says as one of those
MISSING_SCHEMA_CODES = ("42P01", "42703")  # PostgreSQL's codes for the same


def database_now() -> datetime:
    """The time by the database's clock, at this moment and not at the transaction's beginning."""
    if connection.vendor != "postgresql":
        return timezone.now()  # SQLite has no clock but this machine's
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def is_unmigrated(error: Exception) -> bool:
    """Whether the database lacks a table or a column: waiting does not help."""
    return sqlstate_of(error) in MISSING_SCHEMA_CODES or any(words in str(error) for words in MISSING_SCHEMA_TEXTS)


def is_unreachable(error: Exception) -> bool:
    """Whether the database cannot be reached, so that it helps to try again."""
    return (
        isinstance(error, UNREACHABLE_ERRORS)
        and not is_unmigrated(error)
        and (not sqlstate_of(error) or sqlstate_of(error).startswith(TRANSIENT_CODES))
    )


def sqlstate_of(error: Exception) -> str:
    """PostgreSQL's code of what went wrong; none when it could not answer, or is not the database."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def describe_error(error: Exception) -> str:
    """What the database said, and what to do where that is known."""
    return f"migrations are not applied, run `manage.py migrate` ({error})" if is_unmigrated(error) else str(error)


class Clock:
    """Tells the database's time without asking it again: one reading, then this process's steady clock."""

    def __init__(self) -> None:
        self.read_at = time.monotonic()
        self.moment = database_now()

    def now(self) -> datetime:
        """The database's time, as precise as one round trip."""
        return self.moment + timedelta(seconds=time.monotonic() - self.read_at)
