"""`python -m benchmarks`: measures each part on each database, saves each run at once, and writes a table and a page.

A call with some of the parts replaces the rows of these parts only.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from os import environ
from pathlib import Path

from benchmarks import ledger, report
from benchmarks.environments import explain_missing, temporary_environment
from benchmarks.figures import Figure
from benchmarks.ledger import Run, merge_run
from benchmarks.machine import describe_machine
from benchmarks.options import PARTS_MEASURED_ONCE, changed_options, parse_options


def main() -> int:
    """Measure, print and save. Returns 1 if a part could not be measured, else 0."""
    options = parse_options()
    # An exit ends the servers; the default action of SIGTERM would leave them.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    runs, is_complete = ledger.load(), True
    new_runs: list[Run] = []
    for database, part in planned_parts(options):
        run = measure_part(part, database, options)
        new_runs.append(run)
        runs = merge_run(runs, run)
        is_complete = is_complete and not run.error
        if not options.dry:
            ledger.save(runs)
            report.write_page(runs)
    report.print_table(new_runs)
    for sentence in filter(None, map(explain_missing, options.databases)):
        print(sentence)
        is_complete = False
    return 0 if is_complete else 1


def planned_parts(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Pairs of database and part, without databases that are missing here."""
    for database in options.databases:
        for part in options.parts:
            if not explain_missing(database) and (part not in PARTS_MEASURED_ONCE or database == options.databases[0]):
                yield database, part


def measure_part(part: str, database: str, options: argparse.Namespace) -> Run:
    """Measure a part in an environment and a process of its own."""
    busy_before, began = measure_busyness(), time.monotonic()
    figures, error = run_part(part, database, options)
    seconds = time.monotonic() - began
    busy = max(busy_before, measure_busyness())
    if error:
        print(f"{database}: {part} broke off: {error}", file=sys.stderr, flush=True)
    return Run(
        part, database, f"{datetime.now(UTC):%Y-%m-%d %H:%M}", round(seconds), round(busy, 2),
        figures, error, changed_options(options), options.note, list(describe_machine()),
    )  # fmt: skip


def run_part(part: str, database: str, options: argparse.Namespace) -> tuple[list[Figure], str]:
    """The figures that were measured, and why the part broke off, empty if it did not."""
    print(f"{datetime.now(UTC):%H:%M:%S} {database}: {part}", file=sys.stderr, flush=True)
    with tempfile.NamedTemporaryFile() as target:
        try:
            with temporary_environment(database) as environment:
                error = run_process([target.name, database, part], options.minutes * 60, environment)
        except Exception as problem:  # of the servers: reported, and the other parts go on
            traceback.print_exc()
            error = f"{type(problem).__name__}: {problem}"
        figures, part_error = parse_lines(Path(target.name).read_text().splitlines())
        return figures, part_error or error


def run_process(arguments: Sequence[str], seconds: float, environment: dict[str, str]) -> str:
    """Run the measuring process; returns why it broke off, empty if it did not."""
    command = [sys.executable, "-m", "benchmarks.measure", *arguments, *sys.argv[1:]]
    try:
        code = subprocess.run(command, env=environ | environment, timeout=seconds).returncode
    except subprocess.TimeoutExpired:
        error = f"It took longer than {seconds / 60:g} minutes."
    else:
        error = f"It ended with code {code}." if code else ""
    if error:
        print_logs(Path(environment["STOPBATH_DATA"]) / "logs")
    return error


def parse_lines(lines: Sequence[str]) -> tuple[list[Figure], str]:
    """The figures in the lines, and the error in the last line of a part that broke off."""
    entries = [json.loads(line) for line in lines]
    return [Figure(**entry) for entry in entries if "error" not in entry], "".join(
        entry.get("error", "") for entry in entries
    )


def print_logs(folder: Path) -> None:
    """Print the ends of all logs, before their temporary folder is removed."""
    for log in sorted(folder.glob("*.log")):
        last = log.read_text(errors="replace").splitlines()[-15:]
        print(f"--- {log.name}", *last, sep="\n", file=sys.stderr, flush=True)


def measure_busyness() -> float:
    """How many seconds one second of processor time takes now: more than 1 on a machine with other work."""
    began, processor_began = time.monotonic(), time.process_time()
    while time.process_time() - processor_began < 1:
        pass
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
