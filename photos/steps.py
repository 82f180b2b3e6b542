"""Steps from outside, checked."""

from typing import Any

from jobs.errors import Refused
from photos.operations import Step, StepsWrong, parse_steps

MOST = 50


def checked(raw: Any) -> list[Step]:
    """The steps that a list of {"operation", "options"} stands for. Raises Refused."""
    if not isinstance(raw, list):
        raise refused("The steps must be a list.")
    if len(raw) > MOST:
        raise refused(f"There may be at most {MOST} steps.")
    try:
        return parse_steps(raw)
    except StepsWrong as error:
        raise refused(error.sentence, error.fields) from error


def refused(sentence: str, fields: dict[str, str] | None = None) -> Refused:
    """What is wrong with steps, under the name that a form and the API give them."""
    return Refused(sentence, {"steps": sentence} | (fields or {}))
