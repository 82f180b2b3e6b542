"""Broker and workers for as long as a command needs them, when none run."""

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

START_SECONDS = 60.0  # seconds until workers must have come
POLL_SECONDS = 0.2


def migrate_embedded_database() -> None:
    """Make or change the tables of the embedded database; another one is its operator's business."""
    if connection.vendor == "sqlite":
        call_command("migrate", verbosity=0, interactive=False)


class LocalWorkers(AbstractContextManager["LocalWorkers"]):
    """Workers: those that run already, or our own until the end of the with statement."""

    def __init__(self) -> None:
        self.part: Part | None = None

    def __enter__(self) -> "LocalWorkers":
        if not Worker.objects.processes():
            self.start()
        return self

    def start(self) -> None:
        """Start broker, workers and beat, which end with this process. Raises CommandError when they do not come."""
        command = [sys.executable, str(BASE_DIR / "manage.py"), "up", "--no-web"]
        self.part = Part("crew", command, settings.STOPBATH_DATA)
        said = self.part.log.stat().st_size if self.part.log.exists() else 0
        self.part.start()
        deadline = time.monotonic() + START_SECONDS
        while not Worker.objects.processes():
            if not self.part.is_running() or time.monotonic() > deadline:
                self.stop()
                raise CommandError(f"No worker came: {self.last_line(said)}")
            time.sleep(POLL_SECONDS)
        if not settings.REDIS_URL:  # the address that the settings of this process know is that of an earlier broker
            app.conf.update(broker_url=embedded_address(settings.STOPBATH_DATA))

    def last_line(self, after: int) -> str:
        """The last thing that it said, from that byte of its log on."""
        said = self.part.log.read_bytes()[after:].decode(errors="replace").strip() if self.part else ""
        return said.splitlines()[-1] if said else "they said nothing."

    def ensure_running(self) -> None:
        """Start our own when nobody works any more: what ran before may have been stopped or killed meanwhile."""
        if (self.part is None or not self.part.is_running()) and not Worker.objects.processes():
            self.start()

    def stop(self) -> None:
        """End what was started here."""
        if self.part is not None:
            self.part.stop(patience=15)
            self.part = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
