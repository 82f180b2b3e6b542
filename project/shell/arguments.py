"""The arguments that the commands `process` and `import` share."""

from pathlib import Path

from django.core.management.base import CommandParser

from project.shell.outcome import EXIT_CANCELLED, EXIT_SOME_FAILED

EXIT_CODES_HELP = f"exit codes: 0 done, {EXIT_SOME_FAILED} some files failed, {EXIT_CANCELLED} cancelled."


def add_paths(parser: CommandParser) -> None:
    """Add the positional arguments `paths`: what to import."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, a folder or a ZIP file")


def add_user(parser: CommandParser, description: str) -> None:
    """Add `--user` with the description of the owner and of the default."""
    parser.add_argument(
        "--user", metavar="NAME", help=f"{description} (default: the only account, or the first administrator)"
    )
