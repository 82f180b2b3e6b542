"""`manage.py up`: starts everything and keeps it running."""

import argparse
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from project.environment import MAX_PORT, read_whole_number
from project.supervisor import commands
from project.supervisor.data_folder import DataFolder
from project.supervisor.parts import CannotStart
from project.supervisor.prepare import prepare
from project.supervisor.up import Supervisor, announce_when_answering
from project.supervisor.web import browser_address, listen


class Command(BaseCommand):
    """Migrates, then supervises broker, workers, beat and web server until it is stopped."""

    help = "Migrate the database, then run broker, workers, beat and web server. Ctrl-C stops everything."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine alone)")
        parser.add_argument(
            "--port",
            type=number_between(1, MAX_PORT),
            default=settings.PORT,
            help="port to listen on (default: PORT, or 8000)",
        )
        parser.add_argument(
            "--workers",
            type=number_between(1, 256),
            default=commands.processor_count(),
            help="worker processes (default: one for each core)",
        )
        parser.add_argument("--no-web", action="store_true", help="do not start the web server")

    def handle(self, *args: Any, host: str, port: int, workers: int, no_web: bool, **options: Any) -> None:
        """Run until stopped, or exit with the reason in one sentence."""
        try:
            run(host, port, workers, web=not no_web)
        except CannotStart as reason:
            sys.exit(f"stopbath: {reason}")
        except KeyboardInterrupt:
            sys.exit("stopbath: Stopped before everything had started.")


def run(host: str, port: int, workers: int, web: bool) -> None:
    """Lock the data folder, end leftovers of an earlier start, prepare, and supervise until stopped."""
    folder = DataFolder(settings.STOPBATH_DATA)
    folder.acquire()
    folder.end_leftovers()
    listener = listen(host, port) if web else None
    code = prepare()
    supervisor = Supervisor(folder, workers, listener, embedded_broker=not settings.REDIS_URL)
    if web:
        announce_when_answering(browser_address(host, port), folder.data, code)
    supervisor.run()


def number_between(minimum: int, maximum: int) -> Any:
    """A type for argparse: a whole number from minimum to maximum, both included."""

    def read(text: str) -> int:
        try:
            return read_whole_number(text, minimum, maximum)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read
