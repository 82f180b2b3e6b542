"""The argument that commands of all apps share."""

from argparse import ArgumentParser


def add_json(parser: ArgumentParser) -> None:
    """Whether to report to a script."""
    parser.add_argument("--json", action="store_true", help="answer as JSON")
