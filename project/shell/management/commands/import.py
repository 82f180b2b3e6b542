"""`manage.py import PATH…`: files, folders and ZIP files into the library."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from project.shell import outcome
from project.shell.batch import Batch


class Command(BaseCommand):
    """Imports by a job that can be cancelled with Ctrl-C and resumed."""

    help = "Bring files, folders and ZIP files into the library. Ctrl-C cancels; exit 0, 3 some failed, 130 cancelled."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to import, and for whom."""
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, a folder or a ZIP file")
        parser.add_argument("--user", help="whose library (default: the only account, or the first administrator)")
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *args: Any, paths: list[Path], user: str | None, **options: Any) -> None:
        """Import, report, and exit with the code of `outcome.exit_code`."""
        with Batch(user) as batch:
            job = batch.import_paths(paths)
        outcome.report(self.stdout, self.stderr, {"import": job}, as_json=options["json"])
        sys.exit(outcome.exit_code(job))
