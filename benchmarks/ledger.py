"""What has been measured, run by run: kept as soon as it is known, so that nothing later can lose it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.options import DATABASES, PARTS

LEDGER = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Run:
    """One part, measured once on one database, and the conditions under which that was."""

    part: str
    database: str
    at: str  # in UTC
    seconds: float
    busy: float  # seconds that one second of processor time took, the worse of before and after
    figures: Sequence[Figure]
    error: str = ""  # why it broke off; empty when it came to its end
    chosen: str = ""  # the options that differ from the defaults
    note: str = ""
    machine: Sequence[str] = field(default=())

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the table."""
        return PARTS.index(self.part), DATABASES.index(self.database)


def merge_run(kept: Sequence[Run], new: Run) -> list[Run]:
    """The runs after one more: its rows replace those of the same part and database.

    Of a run before one that broke off, the rows that the new one has not come to are kept, under their own date.
    """
    same = [run for run in kept if run.place == new.place]
    others = [run for run in kept if run.place != new.place]
    measured = {figure.what for figure in new.figures}
    left = [
        replace(run, figures=rest)
        for run in same
        if new.error and (rest := [figure for figure in run.figures if figure.what not in measured])
    ]
    return sorted([*others, *left, new], key=lambda run: run.place)


def load(path: Path = LEDGER) -> list[Run]:
    """All that has been kept."""
    if not path.exists():
        return []
    return [parse_run(one) for one in json.loads(path.read_text()) if one["part"] in PARTS]


def parse_run(kept: dict[str, Any]) -> Run:
    """A run as it was kept."""
    return Run(**kept | {"figures": [Figure(**one) for one in kept["figures"]]})


def save(runs: Sequence[Run], path: Path = LEDGER) -> None:
    """Write all of it or nothing."""
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps([asdict(run) for run in runs], indent=1, ensure_ascii=False) + "\n")
    draft.replace(path)
