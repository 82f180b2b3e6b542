"""Arguments shared by the commands of all apps."""

from argparse import ArgumentParser


def add_json(parser: ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print JSON")
