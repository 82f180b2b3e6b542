"""The database's clock: all times of the engine are its, so that workers' own clocks do not matter."""

import time
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

AWAY = (OperationalError, InterfaceError)  # what is raised when the database cannot be reached, among others


def database_now() -> datetime:
    """The time by the database's clock, at this moment and not at the transaction's beginning."""
    if connection.vendor != "postgresql":
        return timezone.now()  # SQLite has no clock but this machine's
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


class Clock:
    """Tells the database's time without asking it again: one reading, then this process's steady clock."""

    def __init__(self) -> None:
        self.read_at = time.monotonic()
        self.moment = database_now()

    def now(self) -> datetime:
        """The database's time, as precise as one round trip."""
        return self.moment + timedelta(seconds=time.monotonic() - self.read_at)
