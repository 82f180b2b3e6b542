"""What docs/dependencies.md says of the packages that Stopbath needs."""

import re
import tomllib

from project.supervisor.parts import BASE_DIR


def test_each_dependency_has_its_place_in_the_documentation():
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())
    groups = project["project"]["optional-dependencies"] | project["dependency-groups"]
    needed = [*project["project"]["dependencies"], *(line for group in groups.values() for line in group)]
    packages = re.findall(r"`([a-z0-9-]+)(?:\[[a-z-]+\])?`", (BASE_DIR / "docs" / "dependencies.md").read_text())

    assert {re.match(r"[\w-]+", line)[0] for line in needed} <= set(packages)
