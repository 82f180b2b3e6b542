"""Checks lists of steps without the database; the caller looks up the photos that they need."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jobs.errors import field_refusal
from photos.imaging.operations import InvalidSteps, Step, parse_steps


def check_steps(raw: Any) -> list[Step]:
    """The steps of a list of {"operation", "options"}. Raises Refused."""
    try:
        return parse_steps(raw)
    except InvalidSteps as error:
        raise field_refusal("steps", error.sentence) from error


def photo_ids(steps: Sequence[Step]) -> set[str]:
    """The ids of other photos that the steps need, such as the image of a watermark."""
    return {uuid for step in steps for uuid in step.operation.photos(step.options)}


def attach_photos(steps: Sequence[Step], files: Mapping[str, Path]) -> list[Step]:
    """The steps with the files of the photos that they need; a deleted photo is left out."""
    return [replace(step, operation=step.operation.with_photos(files)) if photo_ids([step]) else step for step in steps]


def require_own_photos(steps: Sequence[Step], own: Collection[str]) -> None:
    """Raise Refused if a step needs a photo that is not in `own`."""
    for position, step in enumerate(steps, start=1):
        if not photo_ids([step]).issubset(own):
            sentence = f"Step {position} ({step.operation.name}): image must be one of your own photos"
            raise field_refusal("steps", sentence)
