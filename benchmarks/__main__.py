"""`python -m benchmarks`: each part on each database, kept as soon as it is measured; one table, one page of results.

A run of some parts alone replaces their rows and leaves the others as they are.
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
    """Measure, print, keep. 1 when something could not be measured."""
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exit ends what was started; a plain death leaves it
    kept, whole = ledger.load(), True
    new: list[Run] = []
    for database, part in planned_parts(options):
        run = measure_part(part, database, options)
        new.append(run)
        kept = merge_run(kept, run)
        whole = whole and not run.error
        if not options.dry:
            ledger.save(kept)
            report.write_page(kept)
    report.print_table(new)
    for sentence in filter(None, map(explain_missing, options.databases)):
        print(sentence)
        whole = False
    return 0 if whole else 1


def planned_parts(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """The databases that are here, each with its parts."""
    for database in options.databases:
        for part in options.parts:
            if not explain_missing(database) and (part not in PARTS_MEASURED_ONCE or database == options.databases[0]):
                yield database, part


def measure_part(part: str, database: str, options: argparse.Namespace) -> Run:
    """One part in a place and a process of its own, so that nothing is left to the next one."""
    before, began = measure_busyness(), time.monotonic()
    figures, error = run_part(part, database, options)
    took = time.monotonic() - began
    if error:
        print(f"{database}: {part} broke off: {error}", file=sys.stderr, flush=True)
    return Run(
        part, database, f"{datetime.now(UTC):%Y-%m-%d %H:%M}", round(took), round(max(before, measure_busyness()), 2),
        figures, error, changed_options(options), options.note, list(describe_machine()),
    )  # fmt: skip


def run_part(part: str, database: str, options: argparse.Namespace) -> tuple[list[Figure], str]:
    """The figures, as far as it came, and why it came no further."""
    print(f"{datetime.now(UTC):%H:%M:%S} {database}: {part}", file=sys.stderr, flush=True)
    with tempfile.NamedTemporaryFile() as target:
        try:
            with temporary_environment(database) as environment:
                error = run_process([target.name, database, part], options.minutes * 60, environment)
        except Exception as problem:  # of the servers: told, and the other parts go on
            traceback.print_exc()
            error = f"{type(problem).__name__}: {problem}"
        figures, told = parse_lines(Path(target.name).read_text().splitlines())
        return figures, told or error


def run_process(arguments: Sequence[str], seconds: float, environment: dict[str, str]) -> str:
    """Run the process that measures; why it did not come to its end, empty when it did."""
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
    """Figures one a line, and the sentence that the last line has instead when the part broke off."""
    found = [json.loads(line) for line in lines]
    return [Figure(**one) for one in found if "error" not in one], "".join(one.get("error", "") for one in found)


def print_logs(folder: Path) -> None:
    """The last words of everything that ran, which is gone in a moment."""
    for log in sorted(folder.glob("*.log")):
        last = log.read_text(errors="replace").splitlines()[-15:]
        print(f"--- {log.name}", *last, sep="\n", file=sys.stderr, flush=True)


def measure_busyness() -> float:
    """How long one second of processor time takes now: more than one second when others want it too."""
    began, used = time.monotonic(), time.process_time()
    while time.process_time() - used < 1:
        pass
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
