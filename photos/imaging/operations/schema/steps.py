"""Lists of steps, as people and programs send them."""

import re
from collections.abc import Iterable
from typing import Any

from photos.imaging.formats.errors import quote
from photos.imaging.operations.schema.base import Operation, Step
from photos.imaging.operations.schema.options import OptionSet, OptionWrong
from photos.imaging.operations.schema.registry import by_name

MOST_STEPS = 50
COMMA = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')  # outside of double quotes


class StepsWrong(Exception):
    """A list of steps is not acceptable: one sentence, and the same under the name of the field."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.fields = {"steps": sentence}

    def __reduce__(self) -> tuple[type["StepsWrong"], tuple[str]]:
        return (type(self), (self.sentence,))


def parse_steps(given: Any) -> list[Step]:
    """Steps from what JSON holds: a list of {"operation", "options"}. Raises StepsWrong, and nothing else."""
    if not isinstance(given, list | tuple):
        raise StepsWrong("The steps must be a list.")
    if len(given) > MOST_STEPS:
        raise StepsWrong(f"There may be at most {MOST_STEPS} steps.")
    return [parse_step(position, step) for position, step in enumerate(given, start=1)]


def parse_step(position: int, given: Any) -> Step:
    """One step of the list. Raises StepsWrong."""
    if isinstance(given, Step):
        return given
    if not isinstance(given, dict):
        raise StepsWrong(f'Step {position} must look like {{"operation": "resize", "options": {{}}}}')
    strange = [key for key in given if key not in ("operation", "options")]
    if strange:
        raise StepsWrong(f"Step {position} has only operation and options, no {quote(strange[0])}")
    found = find(position, given.get("operation"))
    return Step(found, parse_options(f"Step {position} ({found.name})", found, given.get("options", {})))


def find(position: int, name: Any) -> Operation:
    """The operation of that name. Raises StepsWrong."""
    known = by_name()
    if name is None:
        raise StepsWrong(f"Step {position} needs an operation: {', '.join(known)}")
    if not isinstance(name, str) or name not in known:
        raise StepsWrong(f"Step {position}: there is no operation {quote(name)}; there are {', '.join(known)}")
    return known[name]


def parse_options(where: str, found: Operation, given: Any) -> OptionSet:
    """The options of a step. Raises StepsWrong."""
    if not isinstance(given, dict):
        raise StepsWrong(f"{where}: options must be an object")
    try:
        return found.Options.parse(given)
    except OptionWrong as error:
        raise StepsWrong(f"{where}: {error}") from error


def steps_from_text(texts: Iterable[str]) -> list[Step]:
    """Steps from a command line, such as resize:longest_edge=1600,enlarge=true. Raises StepsWrong.

    A text with a comma stands in double quotes: watermark:text="Berlin, 2025",size=30.
    """
    return parse_steps([step_from_text(position, text) for position, text in enumerate(texts, start=1)])


def step_from_text(position: int, text: str) -> dict[str, Any]:
    """One step of a command line as JSON would hold it."""
    name, _, rest = text.partition(":")
    found = find(position, name.strip())
    options: dict[str, Any] = {}
    for pair in filter(None, COMMA.split(rest)):
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not equals:
            raise StepsWrong(f"Step {position} ({found.name}): write options as name=value, not {quote(pair)}")
        options[key] = value_from_text(found, key, unquoted(value))
    return {"operation": found.name, "options": options}


def unquoted(value: str) -> str:
    """A value without the double quotes around it."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def value_from_text(found: Operation, key: str, value: str) -> Any:
    """A value of a command line in the type that its option has; a word that does not fit stays a word."""
    kind = found.schema()["properties"].get(key, {}).get("type")
    if kind == "boolean":
        return {"true": True, "yes": True, "false": False, "no": False}.get(value.lower(), value)
    if kind == "array":
        return [word for word in value.split("+") if word]
    if kind in ("integer", "number"):
        return number_from_text(value)
    return value


def number_from_text(value: str) -> float | str:
    """The number that a word is, or the word."""
    try:
        return float(value)
    except ValueError:
        return value
