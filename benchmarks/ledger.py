"""The saved runs: each is saved as soon as it is measured, so that a later failure loses nothing."""

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
    """One part measured once on one database, with the conditions."""

    part: str
    database: str
    at: str  # in UTC
    seconds: float
    busy: float  # seconds that one second of processor time took, the worse of before and after
    figures: Sequence[Figure]
    error: str = ""  # why the run broke off; empty if it did not
    chosen: str = ""  # the options that differ from the defaults
    note: str = ""
    machine: Sequence[str] = field(default=())

    @property
    def place(self) -> tuple[int, int]:
        """The sort key of the run in the table."""
        return PARTS.index(self.part), DATABASES.index(self.database)


def merge_run(runs: Sequence[Run], new: Run) -> list[Run]:
    """The runs with a new one in place of those of the same part and database.

    If the new run broke off, earlier runs keep the figures that it does not have, under their own dates.
    """
    earlier = [run for run in runs if run.place == new.place]
    others = [run for run in runs if run.place != new.place]
    measured = {figure.what for figure in new.figures}
    unmeasured = [
        replace(run, figures=rest)
        for run in earlier
        if new.error and (rest := [figure for figure in run.figures if figure.what not in measured])
    ]
    return sorted([*others, *unmeasured, new], key=lambda run: run.place)


def load(path: Path = LEDGER) -> list[Run]:
    """All saved runs."""
    if not path.exists():
        return []
    return [parse_run(run) for run in json.loads(path.read_text()) if run["part"] in PARTS]


def parse_run(data: dict[str, Any]) -> Run:
    return Run(**data | {"figures": [Figure(**figure) for figure in data["figures"]]})


def save(runs: Sequence[Run], path: Path = LEDGER) -> None:
    """Save all runs atomically."""
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps([asdict(run) for run in runs], indent=1, ensure_ascii=False) + "\n")
    draft.replace(path)
