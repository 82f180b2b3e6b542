"""The options of the command line."""

import argparse
from collections.abc import Sequence

DATABASES = ("sqlite", "postgresql")
PARTS = ("engine", "server", "stopping", "recovery", "memory", "site", "reclassify", "pictures")
PARTS_MEASURED_ONCE = ("pictures",)  # nearly all of it is work on pixels: on the first database alone
IRRELEVANT_OPTIONS = ("databases", "parts", "note", "dry", "minutes")  # options that change no figure


def build_parser() -> argparse.ArgumentParser:
    """The parser with all options and defaults."""
    options = argparse.ArgumentParser("python -m benchmarks", description="Measures what the design promises.")
    options.add_argument("--items", type=int, default=100_000, help="items of a large batch")
    options.add_argument("--most", type=int, default=1_000_000, help="items of the largest batch")
    options.add_argument("--tasks", type=int, default=5_000, help="tasks of the plain Celery group and its like")
    options.add_argument("--runs", type=int, default=3, help="runs of the engine, of which the median counts")
    options.add_argument("--rounds", type=int, default=20, help="requests of each sort, and cancels")
    options.add_argument("--kills", type=int, default=3, help="kills of each sort, of which the median counts")
    options.add_argument("--photos", type=int, default=40, help="photos to resize")
    options.add_argument("--folder", type=int, default=200, help="photos of the larger folder, and uploads")
    options.add_argument("--photo-runs", type=int, default=5, help="runs of the resize, of which the median counts")
    options.add_argument("--processes", type=int, default=2, help="worker processes")
    options.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    options.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    options.add_argument("--minutes", type=float, default=20, help="time limit of a part")
    options.add_argument("--note", default="", help="a sentence about the machine for the file of results")
    options.add_argument("--dry", action="store_true", help="leave the files of results as they are")
    return options


def parse_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    return build_parser().parse_args(arguments)


def changed_options(options: argparse.Namespace) -> str:
    """The options that differ from the defaults and change figures, as on the command line."""
    defaults = vars(parse_options([]))
    return " ".join(
        f"--{name.replace('_', '-')} {value}"
        for name, value in vars(options).items()
        if name not in IRRELEVANT_OPTIONS and value != defaults[name]
    )
