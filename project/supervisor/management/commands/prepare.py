"""`manage.py prepare`: preparation for web server and workers that are not started by `up`."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from project.supervisor.parts import CannotStart
from project.supervisor.prepare import prepare


class Command(BaseCommand):
    """Migrates and collects the static files; the command `up` does it, too."""

    help = "Migrate, collect static files, and print the first-start code if there is no account."

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, or exit with the reason in one sentence."""
        try:
            code = prepare()
        except CannotStart as reason:
            sys.exit(f"stopbath: {reason}")
        if code:
            self.stdout.write(f"There is no account yet. The first one needs this code: {code}")
