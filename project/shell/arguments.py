"""The arguments that the commands `process` and `import` share."""

from pathlib import Path

from django.core.management.base import CommandParser

from project.shell.outcome import EXIT_CANCELLED, EXIT_SOME_FAILED

EXIT_CODES_HELP = f"exit 0, {EXIT_SOME_FAILED} some failed, {EXIT_CANCELLED} cancelled."


def add_paths(parser: CommandParser) -> None:
    """What to import."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, a folder or a ZIP file")


def add_user(parser: CommandParser, whose: str) -> None:
    """For whom: `whose` library or photos."""
    parser.add_argument("--user", help=f"{whose} (default: the only account, or the first administrator)")
