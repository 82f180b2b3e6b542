"""The database's clock: all times of the engine come from it, so that the clocks of workers do not matter."""

import time
from datetime import datetime, timedelta

from django.db import InterfaceError, InternalError, OperationalError, connection
from django.utils import timezone

# Raised, among other reasons, when the database cannot be reached. InternalError: it ended an idle transaction.
UNREACHABLE_ERRORS = (OperationalError, InterfaceError, InternalError)
# SQLSTATE prefixes of transient errors: broken connections, too few resources, serialization failures and deadlocks,
# lock timeouts, the server's disk, shutdown and start, idle or long transactions ended by the server, and a read-only
# server during a failover. Other codes of these exceptions recur on every try: an exceeded limit, a statement timeout.
TRANSIENT_CODES = ("08", "40", "53", "55P03", "57P0", "58", "25006", "25P03", "25P04")
# SQLite has no codes: these texts come with an OperationalError.
MISSING_SCHEMA_TEXTS = ("no such table", "no such column", "has no column named")
MISSING_SCHEMA_CODES = ("42P01", "42703")  # SQLSTATE: undefined_table, undefined_column


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
    """Whether the database cannot be reached now, so that a later try may succeed."""
    return (
        isinstance(error, UNREACHABLE_ERRORS)
        and not is_unmigrated(error)
        and (not sqlstate_of(error) or sqlstate_of(error).startswith(TRANSIENT_CODES))
    )


def sqlstate_of(error: Exception) -> str:
    """The SQLSTATE of an error; empty on SQLite, and when the server could not answer."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def describe_error(error: Exception) -> str:
    """The database's message, with the remedy where it is known."""
    return f"migrations are not applied, run `manage.py migrate` ({error})" if is_unmigrated(error) else str(error)


class Clock:
    """The database's time from one query, carried on by the process's monotonic clock."""

    def __init__(self) -> None:
        self.read_at = time.monotonic()
        self.moment = database_now()

    def now(self) -> datetime:
        """The database's time, with the error of one round trip."""
        return self.moment + timedelta(seconds=time.monotonic() - self.read_at)
