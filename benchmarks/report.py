"""Prints the table of figures, and writes the page of results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, ratios_first
from benchmarks.ledger import Run

RESULTS = Path(__file__).with_name("RESULTS.md")
NOISY_SECONDS = 1.2  # for one second of processor time

PREFACE = "Ratios carry over to other machines, as far as the noise allows; the rest holds for this one."
RUNS_TEXT = """\
Each part was measured on a database, a broker and workers of its own. *Busy* is how long one second of processor time
took before or after, whichever was worse: with more than 1.2 s the machine was shared with other work, and times and
rates are worse than it could do."""


def print_table(runs: Sequence[Run]) -> None:
    table = Table("What", "On", "Figure", "Aim", "")
    for column in (2, 3):
        table.columns[column].justify = "right"
    for figure in figures_of(runs):
        table.add_row(figure.what, figure.where, figure.value_text, figure.aim_text, figure.verdict)
    console = Console()
    console.print(table)
    for run in runs:
        console.print(" · ".join(filter(None, conditions(run, distinct_notes(runs)))), markup=False)
    for number, note in enumerate(distinct_notes(runs), 1):
        console.print(f"{number}. {note}", markup=False)


def write_page(runs: Sequence[Run]) -> None:
    """Write RESULTS.md."""
    RESULTS.write_text("\n".join([*page_lines(runs), ""]))


def page_lines(runs: Sequence[Run]) -> Iterator[str]:
    yield from ("# Results of `make bench`", "", PREFACE, "")
    machines = list(dict.fromkeys(tuple(run.machine) for run in runs))
    for lines in machines:
        if len(machines) > 1:
            yield from (machine_heading(runs, lines), "")
        yield from (f"- {line}" for line in lines)
        yield ""
    yield from ("| what | on | figure | aim | |", "| --- | --- | ---: | ---: | --- |")
    for figure in figures_of(runs):
        yield f"| {figure.what} | {figure.where} | {figure.value_text} | {figure.aim_text} | {figure.verdict} |"
    yield from ("", "## When, and under which conditions", "", RUNS_TEXT, "")
    yield from ("| part | on | when (UTC) | took | busy | chosen | |", "| --- | --- | --- | ---: | ---: | --- | --- |")
    for run in runs:
        yield f"| {' | '.join(conditions(run, distinct_notes(runs)))} |"
    if distinct_notes(runs):
        yield ""
    yield from (f"{number}. {note}" for number, note in enumerate(distinct_notes(runs), 1))


def figures_of(runs: Sequence[Run]) -> list[Figure]:
    """All figures of the runs, in the order of the table."""
    return ratios_first([figure for run in runs for figure in run.figures])


def machine_heading(runs: Sequence[Run], machine: Sequence[str]) -> str:
    """The heading that says which runs were measured on that machine."""
    parts = ", ".join(f"{run.part} on {run.database}" for run in runs if tuple(run.machine) == tuple(machine))
    return f"Measured here: {parts}."


def distinct_notes(runs: Sequence[Run]) -> list[str]:
    """The notes of the runs, each once."""
    return list(dict.fromkeys(run.note for run in runs if run.note))


def conditions(run: Run, notes: Sequence[str]) -> list[str]:
    """The cells of a run in the table of conditions; a note appears as its number in `notes`."""
    breakage = f"broke off: {run.error}".replace("|", "/").replace("\n", " ") if run.error else ""
    note = f"note {notes.index(run.note) + 1}" if run.note else ""
    remarks = [note, breakage, "shared with other work" if run.busy > NOISY_SECONDS else ""]
    duration = f"{run.seconds / 60:.1f} min"
    return [run.part, run.database, run.at, duration, f"{run.busy:.2f} s", run.chosen, "; ".join(filter(None, remarks))]
