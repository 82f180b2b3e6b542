"""Trials: the tests of a guard, run in a copy of the checkout from which the guard was removed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.mutants.guards import Guard

ROOT = Path(__file__).resolve().parents[2]
PYTEST = (sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")
SIMULATION = (sys.executable, "-m", "tests.simulation", "--seeds")
MAX_TRIAL_SECONDS = 300.0  # of one process; the tests of a guard take seconds
TESTS_FAILED, USAGE_ERROR = 1, 4  # exit codes of pytest


class NotAppliedError(Exception):
    """The text of a guard does not stand in its file exactly once."""


@dataclass(frozen=True)
class Verdict:
    """What came of one trial."""

    caught: bool
    said: str  # the test or seeds that went red, or why the guard was not missed
    seconds: float = 0.0


def copy_checkout(target: Path, source: Path) -> None:
    """Copy the files of a working tree that git does not ignore, and link its virtual environment."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=source, capture_output=True, check=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if os.path.lexists(source / name):  # else it was deleted, and that is not committed yet
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, target / name, follow_symlinks=False)
    if (source / ".venv").exists():
        (target / ".venv").symlink_to((source / ".venv").resolve())


def mutate(guard: Guard, source: str) -> str:
    """The text of a file without the guard. Raises NotAppliedError."""
    if (count := source.count(guard.text)) != 1:
        raise NotAppliedError(f"its text stands {count} times in {guard.file}")
    return source.replace(guard.text, guard.instead)


@contextmanager
def without(guard: Guard, checkout: Path) -> Iterator[None]:
    """Remove a guard from a checkout inside the `with` block. Raises NotAppliedError."""
    file = checkout / guard.file
    original = file.read_text() if file.is_file() else ""
    mutated = mutate(guard, original)
    file.write_text(mutated)
    try:
        yield
    finally:
        file.write_text(original)


def try_guard(guard: Guard, checkout: Path) -> Verdict:
    """Run what should miss the guard in a checkout without it."""
    began = time.monotonic()
    try:
        with without(guard, checkout):
            verdict = run_tests(guard.tests, checkout, guard.database)
            if not verdict.caught and guard.seeds:
                verdict = run_seeds(guard.seeds, checkout, guard.database)
    except NotAppliedError as why:
        verdict = Verdict(False, f"does not apply: {why}")
    return Verdict(verdict.caught, verdict.said, time.monotonic() - began)


def run_tests(tests: Sequence[str], checkout: Path, database: str = "") -> Verdict:
    """Whether one of the tests fails. A test that cannot be collected or set up fails nothing: it has not run."""
    if not tests:
        return Verdict(False, "no test")
    report = checkout / "report.xml"
    report.unlink(missing_ok=True)
    finished = run([*PYTEST, f"--junitxml={report}", *tests], checkout, database)
    if finished is None:
        return Verdict(False, f"its tests took longer than {MAX_TRIAL_SECONDS:.0f} s")
    if finished.returncode == USAGE_ERROR or (finished.returncode > TESTS_FAILED and not report.exists()):
        return Verdict(False, f"its tests could not run: {last_line(finished.stdout + finished.stderr)}")
    return read_report(report, finished.returncode)


def read_report(report: Path, code: int) -> Verdict:
    """The first test that failed, itself or in the checks at its end, by pytest's report and exit code."""
    cases = list(ElementTree.parse(report).iter("testcase"))
    for case in cases:
        for problem in case:
            if problem.tag not in ("failure", "error"):
                continue
            place, message = case.get("name", ""), problem.get("message", "")
            if problem.tag == "failure" or message.startswith("failed on teardown"):
                return Verdict(code == TESTS_FAILED, place)
            return Verdict(False, f"its tests could not run: {place}: {first_line(message)}")
    ran = sum(case.find("skipped") is None for case in cases)
    if code:
        return Verdict(False, f"pytest ended with {code}")
    return Verdict(False, f"SURVIVES {ran} tests" if ran else "every test was skipped")


def run_seeds(seeds: Sequence[int], checkout: Path, database: str = "") -> Verdict:
    """Whether the simulation of these seeds breaks a promise."""
    names = [str(seed) for seed in seeds]
    where = ["--database", os.environ["DATABASE_URL"]] if database else []
    finished = run([*SIMULATION, *names, *where], checkout, database)
    if finished is None:
        return Verdict(False, f"its seeds took longer than {MAX_TRIAL_SECONDS:.0f} s")
    if finished.returncode not in (0, 1) or "Traceback" in finished.stderr:
        return Verdict(False, f"its seeds could not be played: {last_line(finished.stderr)}")
    return Verdict(finished.returncode == 1, f"{'seed' if finished.returncode else 'SURVIVES seed'} {' '.join(names)}")


def run(command: Sequence[str], checkout: Path, database: str) -> subprocess.CompletedProcess[str] | None:
    """Run a command in a checkout, on SQLite unless a database is asked for; None when it took too long."""
    # Without .pyc files: one of a mutant has the size and, within a second, the time of the file that follows it.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    if not database:
        environment.pop("DATABASE_URL", None)
    try:
        return subprocess.run(
            command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=MAX_TRIAL_SECONDS
        )
    except subprocess.TimeoutExpired:
        return None


def has_database(guard: Guard) -> bool:
    """Whether the database that a guard needs is there: DATABASE_URL names it."""
    return not guard.database or os.environ.get("DATABASE_URL", "").startswith(("postgres:", "postgresql:"))


def first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:120]


def last_line(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip().rpartition("\n")[2])[:160]
