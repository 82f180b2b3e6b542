"""Runs a broker and workers for the duration of a command, unless workers run already."""

import sys
import time
from contextlib import AbstractContextManager
from types import TracebackType

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from jobs.models import Worker
from project.celery.app import app
from project.supervisor.broker_address import embedded_address
from project.supervisor.parts import BASE_DIR, Part

STOP_SECONDS = 15.0  # time for the supervisor to stop its parts before it is killed
START_SECONDS = 60.0  # until a worker must have a heartbeat
POLL_SECONDS = 0.2


def migrate_embedded_database() -> None:
    """Migrate the embedded database; another database is migrated by its operator."""
    if connection.vendor == "sqlite":
        call_command("migrate", verbosity=0, interactive=False)


class LocalWorkers(AbstractContextManager["LocalWorkers"]):
    """Uses running workers, or starts workers until the end of the `with` statement."""

    def __init__(self) -> None:
        self.part: Part | None = None

    def __enter__(self) -> "LocalWorkers":
        if not Worker.objects.processes():
            self.start()
        return self

    def start(self) -> None:
        """Start broker, workers and beat, which end with this process. Raises CommandError after START_SECONDS."""
        command = [sys.executable, str(BASE_DIR / "manage.py"), "up", "--no-web"]
        self.part = Part("crew", command, settings.STOPBATH_DATA)
        log_size = self.part.log.stat().st_size if self.part.log.exists() else 0
        self.part.start()
        deadline = time.monotonic() + START_SECONDS
        while not Worker.objects.processes():
            if not self.part.is_running() or time.monotonic() > deadline:
                self.stop()
                raise CommandError(f"No worker came: {self.last_line(log_size)}")
            time.sleep(POLL_SECONDS)
        # The settings of this process were read before the broker wrote its new address.
        if not settings.REDIS_URL:
            app.conf.update(broker_url=embedded_address(settings.STOPBATH_DATA))

    def last_line(self, start: int) -> str:
        """The last line of the log behind its first `start` bytes."""
        output = self.part.log.read_bytes()[start:].decode(errors="replace").strip() if self.part else ""
        return output.splitlines()[-1] if output else "they said nothing."

    def ensure_running(self) -> None:
        """Start workers if none run any more: running ones may have been stopped or killed since."""
        if (self.part is None or not self.part.is_running()) and not Worker.objects.processes():
            self.start()

    def stop(self) -> None:
        """Stop the workers that were started here."""
        if self.part is not None:
            self.part.stop(patience=STOP_SECONDS)
            self.part = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
