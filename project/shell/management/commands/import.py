"""`manage.py import PATH…`: files, folders and ZIP files into the library."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.management.arguments import add_json
from project.shell import outcome
from project.shell.arguments import EXIT_CODES_HELP, add_paths, add_user
from project.shell.batch import Batch


class Command(BaseCommand):
    """Imports files in a job; Ctrl-C cancels the job, which can be resumed."""

    help = f"Import files, folders and ZIP files into the library. Ctrl-C cancels; {EXIT_CODES_HELP}"

    def add_arguments(self, parser: CommandParser) -> None:
        add_paths(parser)
        add_user(parser, "owner of the library")
        add_json(parser)

    def handle(self, *args: Any, paths: list[Path], user: str | None, **options: Any) -> None:
        """Import, report, and exit with the code of `outcome.exit_code`."""
        with Batch(user) as batch:
            job = batch.import_paths(paths)
        outcome.report(self.stdout, self.stderr, {"import": job}, as_json=options["json"])
        sys.exit(outcome.exit_code(job))
