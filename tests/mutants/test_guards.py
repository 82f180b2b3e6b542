"""The list of guards fits the code as it is: a change that moves a guard moves its row, too."""

import ast
from functools import cache

import pytest

from tests.mutants.guards import GUARDS, POSTGRESQL
from tests.mutants.trials import ROOT, mutate


@cache
def functions_of(file: str) -> frozenset[str]:
    """The names of the functions in a file of tests."""
    return frozenset(
        node.name for node in ast.parse((ROOT / file).read_text()).body if isinstance(node, ast.FunctionDef)
    )


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_can_be_removed_and_the_code_without_it_is_still_python(guard):
    assert guard.instead != guard.text

    ast.parse(mutate(guard, (ROOT / guard.file).read_text()))


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_names_tests_that_exist(guard):
    assert guard.tests or guard.seeds
    for test in guard.tests:
        file, _, name = test.partition("::")
        assert name.partition("[")[0] in functions_of(file)


def test_each_guard_has_a_name_of_its_own():
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)


def test_a_guard_needs_no_other_database_than_postgresql():
    assert {guard.database for guard in GUARDS} <= {"", POSTGRESQL}
