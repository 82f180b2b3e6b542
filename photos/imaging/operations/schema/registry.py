"""Finds every operation in this package: saving a file there is all it takes to add one."""

import importlib
import pkgutil
from functools import cache
from pathlib import Path

from photos.imaging.operations.schema.base import Operation

OPERATIONS_FOLDER = Path(__file__).parent.parent
OPERATIONS_PACKAGE = __name__.removesuffix(".schema.registry")


@cache
def all_operations() -> tuple[Operation, ...]:
    """An instance of each operation, ordered by name."""
    modules = [
        importlib.import_module(f"{OPERATIONS_PACKAGE}.{found.name}")
        for found in pkgutil.iter_modules([str(OPERATIONS_FOLDER)])
    ]
    kinds = [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Operation) and value.__module__ == module.__name__
    ]
    return tuple(kind() for kind in sorted(kinds, key=lambda kind: kind.name) if kind.name)


@cache
def operations_by_name() -> dict[str, Operation]:
    return {each.name: each for each in all_operations()}


def get_operation(name: str) -> Operation:
    """The operation of that name. Raises KeyError."""
    return operations_by_name()[name]
