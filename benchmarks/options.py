"""What can be chosen on the command line."""

import argparse
from collections.abc import Sequence

DATABASES = ("sqlite", "postgresql")
PARTS = ("engine", "server", "stopping", "recovery", "memory", "pictures")


def chosen(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of this run."""
    parser = argparse.ArgumentParser("python -m benchmarks", description="Measures what the design promises.")
    parser.add_argument("--items", type=int, default=100_000, help="items of a large batch")
    parser.add_argument("--most", type=int, default=1_000_000, help="items of the largest batch that is asked about")
    parser.add_argument("--tasks", type=int, default=5_000, help="tasks of the plain Celery group")
    parser.add_argument("--runs", type=int, default=3, help="runs of the engine, of which the median is told")
    parser.add_argument("--rounds", type=int, default=20, help="requests of each sort, and cancels")
    parser.add_argument("--photos", type=int, default=40, help="photos to resize")
    parser.add_argument("--photo-runs", type=int, default=5, help="runs of the resize, of which the median is told")
    parser.add_argument("--processes", type=int, default=2, help="worker processes")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--note", default="", help="a sentence about the machine for the file of results")
    parser.add_argument("--dry", action="store_true", help="leave the file of results as it is")
    return parser.parse_args(arguments)
