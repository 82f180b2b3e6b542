"""`make mutants` at work, on a product of three lines."""

import subprocess
from pathlib import Path

import pytest

from tests.mutants.__main__ import main
from tests.mutants.guards import POSTGRESQL, Guard

PRODUCT = """\
LIMIT = 3
def add(items, item):
    return [*items, item][:LIMIT]
def clear(items): return []
"""
TESTS = """\
import pytest
import product
@pytest.fixture
def kept():
    items = []
    yield items
    assert len(items) <= 3
def test_there_are_never_more_than_three():
    assert product.add([1, 2, 3], 4) == [1, 2, 3]
def test_what_is_kept_at_the_end(kept):
    kept.extend(product.add([1, 2, 3], 4))
def test_nothing_of_limits():
    assert product.add([], 1) == [1]
@pytest.mark.skip
def test_what_cannot_be_tried_here(): pass
"""
LIMIT_TEST, END_TEST, OTHER_TEST, SKIPPED_TEST = (
    f"test_product.py::test_{name}"
    for name in (
        "there_are_never_more_than_three", "what_is_kept_at_the_end", "nothing_of_limits", "what_cannot_be_tried_here"
    )
)  # fmt: skip


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of a product and its tests."""
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)  # set by the tests that run here, not those there
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # starts in a third of the time
    (tmp_path / "product.py").write_text(PRODUCT)
    (tmp_path / "test_product.py").write_text(TESTS)
    for command in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def guard(text: str, instead: str, *tests: str, database: str = "") -> Guard:
    return Guard(f"{text!r} → {instead!r}", "product.py", text, instead, tests, database)


def test_a_guard_that_a_test_misses_is_caught(product, capsys):
    guards = [guard("[:LIMIT]", "", OTHER_TEST, LIMIT_TEST), guard("LIMIT = 3", "LIMIT = 4", END_TEST)]

    assert main([], guards, product) == 0

    told = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in told[:2]] == [
        "test_there_are_never_more_than_three", "test_what_is_kept_at_the_end",
    ]  # fmt: skip
    assert told[2] == "2 of 2 mutants caught, 0 left out"
    assert (product / "product.py").read_text() == PRODUCT


def test_a_guard_that_no_test_misses_fails_it_whatever_the_reason(product, capsys):
    said = {
        guard("[:LIMIT]", "", OTHER_TEST): "SURVIVES 1 tests",
        guard("return None", "", OTHER_TEST): "does not apply: its text stands 0 times in product.py",
        guard("return", "", OTHER_TEST): "does not apply: its text stands 2 times in product.py",
        guard("LIMIT = 3", "LIMIT = ", OTHER_TEST): "its tests could not run: ",
    }

    assert main([], [*said], product) == 1

    told = capsys.readouterr().out.splitlines()
    assert all(why in line for why, line in zip(said.values(), told, strict=False))
    assert told[-1] == "0 of 4 mutants caught, 0 left out"


@pytest.mark.parametrize("test", [SKIPPED_TEST, "test_product.py::test_of_nothing"])
def test_a_test_that_does_not_run_with_all_guards_proves_nothing(product, capsys, test):
    assert main([], [guard("[:LIMIT]", "", test)], product) == 1

    assert "This fails with all guards in place" in capsys.readouterr().out


def test_what_only_postgresql_shows_is_left_out_without_one_and_told(product, capsys):
    guards = [guard("[:LIMIT]", "", LIMIT_TEST), guard("LIMIT = 3", "LIMIT = 9", LIMIT_TEST, database=POSTGRESQL)]

    assert main([], guards, product) == 0

    assert "left out    'LIMIT = 3' → 'LIMIT = 9': it needs PostgreSQL" in capsys.readouterr().out


def test_a_guard_is_tried_by_its_name_and_an_unknown_one_is_told(product, capsys):
    guards = [guard("[:LIMIT]", "", LIMIT_TEST), guard("LIMIT = 3", "LIMIT = 9", OTHER_TEST)]

    assert main([":limit"], guards, product) == 0
    with pytest.raises(SystemExit):
        main(["lock"], guards, product)

    assert "no guard has 'lock' in its name" in capsys.readouterr().err
