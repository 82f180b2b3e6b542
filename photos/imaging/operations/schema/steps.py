"""Parses lists of steps, from JSON and from command lines."""

import re
from collections.abc import Iterable
from typing import Any

from photos.imaging.formats.errors import quote
from photos.imaging.operations.schema.base import Operation, Step
from photos.imaging.operations.schema.options import InvalidOption, OptionSet
from photos.imaging.operations.schema.registry import operations_by_name

MAX_STEPS = 50
UNQUOTED_COMMA = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')  # outside of double quotes


class InvalidSteps(Exception):
    """A list of steps is invalid: one sentence, also in `fields` under the name of the request's field."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.fields = {"steps": sentence}

    def __reduce__(self) -> tuple[type["InvalidSteps"], tuple[str]]:
        return (type(self), (self.sentence,))


def parse_steps(value: Any) -> list[Step]:
    """Steps from JSON: a list of {"operation", "options"}. Raises InvalidSteps, and nothing else."""
    if not isinstance(value, list | tuple):
        raise InvalidSteps("The steps must be a list.")
    if len(value) > MAX_STEPS:
        raise InvalidSteps(f"There may be at most {MAX_STEPS} steps.")
    return [parse_step(position, step) for position, step in enumerate(value, start=1)]


def parse_step(position: int, value: Any) -> Step:
    if isinstance(value, Step):
        return value
    if not isinstance(value, dict):
        raise InvalidSteps(f'Step {position} must look like {{"operation": "resize", "options": {{}}}}')
    strange = [key for key in value if key not in ("operation", "options")]
    if strange:
        raise InvalidSteps(f"Step {position} has only operation and options, no {quote(strange[0])}")
    operation = find_operation(position, value.get("operation"))
    return Step(operation, parse_options(f"Step {position} ({operation.name})", operation, value.get("options", {})))


def find_operation(position: int, name: Any) -> Operation:
    operations = operations_by_name()
    if name is None:
        raise InvalidSteps(f"Step {position} needs an operation: {', '.join(operations)}")
    if not isinstance(name, str) or name not in operations:
        raise InvalidSteps(f"Step {position}: there is no operation {quote(name)}; there are {', '.join(operations)}")
    return operations[name]


def parse_options(where: str, operation: Operation, value: Any) -> OptionSet:
    if not isinstance(value, dict):
        raise InvalidSteps(f"{where}: options must be an object")
    try:
        return operation.Options.parse(value)
    except InvalidOption as error:
        raise InvalidSteps(f"{where}: {error}") from error


def steps_from_text(texts: Iterable[str]) -> list[Step]:
    """Steps from a command line, such as resize:longest_edge=1600,enlarge=true. Raises InvalidSteps.

    A text with a comma stands in double quotes: watermark:text="Berlin, 2025",size=30.
    """
    return parse_steps([step_from_text(position, text) for position, text in enumerate(texts, start=1)])


def step_from_text(position: int, text: str) -> dict[str, Any]:
    """One step of a command line, as JSON would hold it."""
    name, _, rest = text.partition(":")
    operation = find_operation(position, name.strip())
    options: dict[str, Any] = {}
    for pair in filter(None, UNQUOTED_COMMA.split(rest)):
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not equals:
            raise InvalidSteps(f"Step {position} ({operation.name}): write options as name=value, not {quote(pair)}")
        options[key] = parse_value(operation, key, strip_quotes(value))
    return {"operation": operation.name, "options": options}


def strip_quotes(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def parse_value(operation: Operation, key: str, value: str) -> Any:
    """A value of a command line in its option's type; a word that does not fit stays one, to be refused later."""
    kind = operation.schema()["properties"].get(key, {}).get("type")
    if kind == "boolean":
        return {"true": True, "yes": True, "false": False, "no": False}.get(value.lower(), value)
    if kind == "array":
        return [word for word in value.split("+") if word]
    if kind in ("integer", "number"):
        return parse_number(value)
    return value


def parse_number(value: str) -> float | str:
    """The number, or the word that is none."""
    try:
        return float(value)
    except ValueError:
        return value
