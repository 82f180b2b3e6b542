"""Names of outputs by a template such as {date:%Y-%m-%d}_{name}_{n:04}, safe on every system."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from typing import NamedTuple

from photos import names
from photos.operations.options import OptionWrong, quote

DAY, MINUTE = "%Y-%m-%d", "%Y-%m-%d_%H-%M"
DATE_CODE = re.compile(r"%(.)?")
DATE_CODES = frozenset("YymBbdjHIMSpAaVGuUW%")
NUMBER_FORMAT = re.compile(r"0?[1-9]?d?")


@dataclass(frozen=True)
class Facts:
    """What a template can say about an output."""

    name: str  # of the original, with its extension
    folder: str
    taken: datetime  # by the clock of the camera; when it was uploaded for a picture that does not say
    uploaded: datetime  # together with the others of its set
    position: int  # in the job, from 1
    camera: str
    extension: str  # of the output
    width: int
    height: int


@dataclass(frozen=True)
class Field:
    """A word in braces: what it stands for, and what may follow its colon."""

    fill: Callable[[Facts, str], str]
    check: Callable[[str], str]  # a format → what is wrong with it, or nothing


def plain(format: str) -> str:
    """What is wrong with a format of a field that has none."""
    return "takes no format" if format else ""


def number(format: str) -> str:
    """What is wrong with the format of a number."""
    return "" if NUMBER_FORMAT.fullmatch(format) else "takes a number of digits, such as {n:04}"


def moment(format: str) -> str:
    """What is wrong with the format of a date: strftime's codes, those that mean the same everywhere."""
    strange = [code for code in DATE_CODE.findall(format) if code not in DATE_CODES]
    return f"has no code {quote('%' + strange[0])}; write for example {{date:{DAY}}}" if strange else ""


FIELDS = {
    "name": Field(lambda facts, _: stem(facts.name), plain),
    "n": Field(lambda facts, format: f"{facts.position:{format}}", number),
    "date": Field(lambda facts, format: facts.taken.strftime(format or DAY), moment),
    "set": Field(lambda facts, format: facts.uploaded.strftime(format or MINUTE), moment),
    "folder": Field(lambda facts, _: facts.folder, plain),
    "camera": Field(lambda facts, _: facts.camera, plain),
    "width": Field(lambda facts, _: str(facts.width), plain),
    "height": Field(lambda facts, _: str(facts.height), plain),
    "ext": Field(lambda facts, _: facts.extension, plain),
}
NAMES = ", ".join(f"{{{name}}}" for name in FIELDS)


def check(template: str) -> None:
    """Raise OptionWrong for a template that cannot be filled in."""
    if "\\" in template:
        raise OptionWrong("template must not contain \\; a / makes folders")
    for _, field, format, conversion in parsed(template):
        if field is None:
            continue
        if field not in FIELDS or conversion:
            raise OptionWrong(f"template has no field {quote(f'{{{field}}}')}; there are {NAMES}")
        if wrong := FIELDS[field].check(format or ""):
            raise OptionWrong(f"template: {{{field}}} {wrong}")


def parsed(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    """Text before each field, the field, its format, its conversion. Raises OptionWrong."""
    try:
        return list(Formatter().parse(template))
    except ValueError as error:
        raise OptionWrong("template has a { or } without its partner; {{ stands for { itself") from error


def uses(template: str, field: str) -> bool:
    """Whether the template has that field."""
    return any(found == field for _, found, _, _ in parsed(template))


def filled(template: str, facts: Facts) -> tuple[str, str]:
    """Folder and name of an output.

    A / in the template makes folders. Without one the output keeps the folder of its original, and what a field says
    about folders is joined by hyphens.
    """
    words = [
        word
        for before, field, format, _ in parsed(template)
        for word in (Word(before, False), Word(value(field, format or "", facts), True))
    ]
    if "/" not in template:
        return facts.folder, file_name([Word(text.replace("/", "-"), gives) for text, gives in words], facts)
    folders = "".join(word.text for word in words).split("/")[:-1]
    return "/".join(filter(None, map(names.portable, folders))), file_name(behind_the_last_slash(words), facts)


class Word(NamedTuple):
    """A part of a name."""

    text: str
    gives_way: bool  # whether a field has filled it in: such words are shortened where a name is too long


def behind_the_last_slash(words: Sequence[Word]) -> list[Word]:
    """The words of the name itself."""
    found: list[Word] = []
    for text, gives_way in reversed(words):
        _, slash, rest = text.rpartition("/")
        found.insert(0, Word(rest, gives_way))
        if slash:
            break
    return found


def value(field: str | None, format: str, facts: Facts) -> str:
    """What a field says; only a folder has folders in it."""
    if field is None:
        return ""
    text = FIELDS[field].fill(facts, format)
    return text if field in ("folder", "date", "set") else text.replace("/", "-")


def fitting(words: Sequence[Word], limit: int) -> str:
    """The words in a row, in at most that many bytes of UTF-8 if the longest ones that can give way are shortened."""
    texts = [word.text for word in words]
    places = [place for place, word in reversed(list(enumerate(words))) if word.gives_way]
    while (over := length("".join(texts)) - limit) > 0:
        longest = max(places, key=lambda place: length(texts[place]), default=None)
        if longest is None or not texts[longest]:
            break
        texts[longest] = names.clipped(texts[longest], max(length(texts[longest]) - over, 0))
    return "".join(texts)


def length(text: str) -> int:
    """How many bytes of UTF-8 it has."""
    return len(text.encode())


def file_name(words: Sequence[Word], facts: Facts) -> str:
    """A safe name with the extension of the output, the original's when nothing is left of it."""
    ending = f".{facts.extension}"
    text = fitting(words, names.LONGEST_NAME - len(ending))
    text = text[: -len(ending)] if text.lower().endswith(ending) else text
    found = names.portable(text) or names.portable(stem(facts.name)) or "unnamed"
    return names.clipped(found, names.LONGEST_NAME - len(ending)) + ending


def stem(name: str) -> str:
    """A file's name without its extension."""
    return names.with_extension(name, "x")[:-2]
