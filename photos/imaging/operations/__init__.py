"""The operations, one file each: saving a file here puts it on the form, into the API and into the tests.

Shared code belongs to `schema` (options, steps) and `pixels`; nothing else belongs here.
"""

from photos.imaging.operations.schema.base import Operation, Scaling, Step
from photos.imaging.operations.schema.options import OptionSet
from photos.imaging.operations.schema.registry import all_operations, get_operation
from photos.imaging.operations.schema.steps import InvalidSteps, parse_steps, steps_from_text

__all__ = [
    "InvalidSteps",
    "Operation",
    "OptionSet",
    "Scaling",
    "Step",
    "all_operations",
    "get_operation",
    "parse_steps",
    "steps_from_text",
]
