"""Steps from outside, checked."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from jobs.errors import Refused
from photos.models import Photo
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


def with_photos(steps: Sequence[Step], owner_id: int | None) -> list[Step]:
    """The steps with the files of the other photos that they need, as far as they are the owner's and still there."""
    wanted = {uuid for step in steps for uuid in step.operation.photos(step.options)}
    if not wanted:
        return list(steps)
    found = Photo.objects.filter(owner_id=owner_id, uuid__in=wanted).select_related("file")
    files = {str(photo.uuid): photo.file.path for photo in found}
    return [replace(step, operation=step.operation.with_photos(files)) for step in steps]


def refuse_strangers(steps: Sequence[Step], owner: Any) -> None:
    """Refuse steps that need a photo which is not the person's own. Raises Refused."""
    wanted = {uuid for step in steps for uuid in step.operation.photos(step.options)}
    mine = set(map(str, Photo.objects.visible_to(owner).filter(uuid__in=wanted).values_list("uuid", flat=True)))
    for position, step in enumerate(steps, start=1):
        if not mine.issuperset(step.operation.photos(step.options)):
            raise refused(f"Step {position} ({step.operation.name}): image must be one of your own photos")


def refused(sentence: str, fields: dict[str, str] | None = None) -> Refused:
    """What is wrong with steps, under the name that a form and the API give them."""
    return Refused(sentence, {"steps": sentence} | (fields or {}))
