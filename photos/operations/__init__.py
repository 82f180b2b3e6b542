"""What can be done to a picture, one file an operation."""

from photos.operations.base import Operation, Scaling, Step
from photos.operations.discovery import all_operations, operation
from photos.operations.options import OptionSet
from photos.operations.steps import StepsWrong, parse_steps, steps_from_text

__all__ = [
    "Operation",
    "OptionSet",
    "Scaling",
    "Step",
    "StepsWrong",
    "all_operations",
    "operation",
    "parse_steps",
    "steps_from_text",
]
