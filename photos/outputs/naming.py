"""Names of outputs by a template such as {date:%Y-%m-%d}_{name}_{n:04}, safe on every system."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.timezone import localtime

from photos.files import names
from photos.imaging.formats import EXTENSIONS
from photos.imaging.formats.metadata.templates import DAY_FORMAT, NamePart, has_field, parse_name
from photos.imaging.operations import Step
from photos.imaging.pipeline import OutputFile
from photos.models import Photo

MINUTE_FORMAT = "%Y-%m-%d_%H-%M"


@dataclass(frozen=True)
class OutputFacts:
    """The facts of an output that the fields of a template can name."""

    name: str  # of the original, with its extension
    folder: str
    taken: datetime  # by the camera's own clock; the time of the upload if the picture has none
    uploaded: datetime  # the time of its set
    position: int  # in the job, from 1
    camera: str
    extension: str  # of the output
    width: int
    height: int


# field of a template → its text, from the facts and the format behind the colon
FILLERS: dict[str, Callable[[OutputFacts, str], str]] = {
    "name": lambda facts, _: stem(facts.name),
    "n": lambda facts, format: f"{facts.position:{format}}",
    "date": lambda facts, format: facts.taken.strftime(format or DAY_FORMAT),
    "set": lambda facts, format: facts.uploaded.strftime(format or MINUTE_FORMAT),
    "folder": lambda facts, _: facts.folder,
    "camera": lambda facts, _: facts.camera,
    "width": lambda facts, _: str(facts.width),
    "height": lambda facts, _: str(facts.height),
    "ext": lambda facts, _: facts.extension,
}


def name_output(photo: Photo, output: OutputFile, steps: Sequence[Step], position: int) -> dict[str, str]:
    """`path` and `name` of an output by the last template among the steps; empty without a template."""
    templates = filter(None, (step.operation.template(step.options) for step in reversed(steps)))
    template = next(templates, None)
    if template is None:
        return {}
    path, name = fill_name(template, collect_facts(template, photo, output, position))
    return {"path": path, "name": name}


def collect_facts(template: str, photo: Photo, output: OutputFile, position: int) -> OutputFacts:
    # The set is a query of its own: it runs only if the template has the field.
    return OutputFacts(
        name=photo.name,
        folder=photo.path,
        taken=photo.taken or localtime(photo.added_at),
        uploaded=localtime(photo.set.created_at if has_field(template, "set") else photo.added_at),
        position=position,
        camera=photo.file.camera,
        extension=EXTENSIONS[output.format],
        width=output.width,
        height=output.height,
    )


def fill_name(template: str, facts: OutputFacts) -> tuple[str, str]:
    """Folder and name of an output.

    A / in the template makes folders. Without a / the output keeps the folder of its original, and a / in the text of
    a field becomes a hyphen.
    """
    words = [
        word for part in parse_name(template) for word in (Word(part.text, False), Word(field_value(part, facts), True))
    ]
    if "/" not in template:
        return facts.folder, build_file_name(
            [Word(text.replace("/", "-"), is_shortenable) for text, is_shortenable in words], facts
        )
    folders = "".join(word.text for word in words).split("/")[:-1]
    return "/".join(filter(None, map(names.to_portable, folders))), build_file_name(file_name_parts(words), facts)


class Word(NamedTuple):
    """A part of a name."""

    text: str
    is_shortenable: bool  # whether a field filled it in: only such words are shortened in a name that is too long


def file_name_parts(words: Sequence[Word]) -> list[Word]:
    """The words behind the last / of a filled template."""
    parts: list[Word] = []
    for text, is_shortenable in reversed(words):
        _, slash, rest = text.rpartition("/")
        parts.insert(0, Word(rest, is_shortenable))
        if slash:
            break
    return parts


def field_value(part: NamePart, facts: OutputFacts) -> str:
    """The text of a field; only folder, date and set may contain a /."""
    if part.field is None:
        return ""
    text = FILLERS[part.field](facts, part.format)
    return text if part.field in ("folder", "date", "set") else text.replace("/", "-")


def fit_parts(words: Sequence[Word], limit: int) -> str:
    """The words joined, in at most `limit` bytes of UTF-8 if shortening the longest shortenable ones suffices."""
    texts = [word.text for word in words]
    places = [place for place, word in reversed(list(enumerate(words))) if word.is_shortenable]
    while (excess := byte_length("".join(texts)) - limit) > 0:
        longest = max(places, key=lambda place: byte_length(texts[place]), default=None)
        if longest is None or not texts[longest]:
            break
        texts[longest] = names.clip(texts[longest], max(byte_length(texts[longest]) - excess, 0))
    return "".join(texts)


def byte_length(text: str) -> int:
    return len(text.encode())


def build_file_name(words: Sequence[Word], facts: OutputFacts) -> str:
    """A safe name with the extension of the output; based on the original's name if the words leave nothing."""
    ending = f".{facts.extension}"
    text = fit_parts(words, names.MAX_NAME_BYTES - len(ending))
    text = text[: -len(ending)] if text.lower().endswith(ending) else text
    base = names.to_portable(text) or names.to_portable(stem(facts.name)) or "unnamed"
    return names.clip(base, names.MAX_NAME_BYTES - len(ending)) + ending


def stem(name: str) -> str:
    """A file's name without its extension."""
    return names.replace_extension(name, "x")[:-2]
