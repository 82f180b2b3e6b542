"""The results of `make bench`: what is kept when only some parts are measured, or one breaks off."""

from dataclasses import replace

from benchmarks.figures import RATE, RATIO, Figure
from benchmarks.ledger import Run, load, merge_run, save
from benchmarks.options import changed_options, parse_options
from benchmarks.report import page_lines


def run(part="engine", database="sqlite", at="2026-01-01 10:00", error="", **figures):
    """A run that measured these rates."""
    rows = [Figure(what, database, value, RATE) for what, value in figures.items()]
    return Run(part, database, at, 60, 1.0, rows, error, machine=["2 cores"])


def table(runs):
    """What is told, and when it was measured."""
    return {(figure.what, figure.where): (figure.value, run.at) for run in runs for figure in run.figures}


def test_a_run_of_one_part_leaves_the_rows_of_the_others():
    runs = merge_run([run(items=10.0), run(database="postgresql", items=5.0)], run("server", at="later", polls=3.0))

    assert table(runs) == {
        ("items", "sqlite"): (10.0, "2026-01-01 10:00"),
        ("items", "postgresql"): (5.0, "2026-01-01 10:00"),
        ("polls", "sqlite"): (3.0, "later"),
    }


def test_a_run_replaces_every_row_of_the_same_part_and_database():
    runs = merge_run([run(items=10.0, gone=1.0)], run(at="later", items=20.0))

    assert table(runs) == {("items", "sqlite"): (20.0, "later")}


def test_a_run_that_broke_off_leaves_the_rows_that_it_has_not_come_to_under_their_own_date():
    runs = merge_run([run(items=10.0, tasks=2.0)], run(at="later", error="TimeoutError", items=20.0))

    assert table(runs) == {("items", "sqlite"): (20.0, "later"), ("tasks", "sqlite"): (2.0, "2026-01-01 10:00")}
    assert any("broke off: TimeoutError" in line for line in page_lines(runs))


def test_a_whole_run_ends_what_one_before_it_left_over():
    runs = merge_run([run(items=10.0, tasks=2.0)], run(at="later", error="TimeoutError", items=20.0))

    assert table(merge_run(runs, run(at="at last", items=30.0))) == {("items", "sqlite"): (30.0, "at last")}


def test_results_are_read_as_they_were_kept(tmp_path):
    runs = [run(items=10.0), run("server", polls=3.0, error="ValueError: é | no")]

    save(runs, tmp_path / "results.json")

    assert load(tmp_path / "results.json") == runs
    assert load(tmp_path / "none.json") == []


def test_what_was_said_of_several_runs_stands_once():
    runs = [replace(run(part), note=note) for part, note in (("engine", "cold"), ("server", "warm"), ("site", "warm"))]

    lines = list(page_lines(runs))

    assert [line for line in lines if "cold" in line or "warm" in line] == ["1. cold", "2. warm"]
    assert [line[-10:] for line in lines if "| 1.00 s |" in line] == ["| note 1 |", "| note 2 |", "| note 2 |"]


def test_ratios_stand_first_and_each_run_tells_its_conditions():
    ratio = Run("pictures", "sqlite", "then", 90, 1.5, [Figure("ours ÷ theirs", "", 1.02, RATIO, 1.05)], chosen="-x 1")

    lines = list(page_lines([run(items=10.0), ratio]))

    rows = [line for line in lines if line.startswith("| ours") or line.startswith("| items")]
    assert rows == ["| ours ÷ theirs |  | 1.02 × | ≤ 1.05 × | met |", "| items | sqlite | 10 /s |  |  |"]
    assert "| pictures | sqlite | then | 1.5 min | 1.50 s | -x 1 | shared with other work |" in lines


def test_only_options_that_change_what_is_measured_are_told():
    assert changed_options(parse_options(["--dry", "--parts", "engine", "--note", "quiet", "--rounds", "20"])) == ""
    assert changed_options(parse_options(["--photo-runs", "2", "--items", "100"])) == "--items 100 --photo-runs 2"
