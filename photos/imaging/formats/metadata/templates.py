"""Templates: texts with fields in braces, which are filled in from each picture.

A text on a picture or in its metadata has few fields, and other words in braces stay in it. The name of an output has
fields with formats, such as {date:%Y-%m-%d}, and {{ for a brace; what fills them is known where outputs are named.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from string import Formatter
from typing import NamedTuple

import pyvips

from photos.imaging.formats.errors import quote
from photos.imaging.formats.metadata import rights, vips_fields

# Letters and signs without a shape, besides those whose Unicode category says so.
SHAPELESS_CHARACTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
FIELD_PATTERN = re.compile(r"\{([^{}]*)\}")
DATE_CODE_PATTERN = re.compile(r"%(.)?")
DATE_CODES = frozenset("YymBbdjHIMSpAaVGuUW%")  # of strftime: those that mean the same everywhere
NUMBER_FORMAT_PATTERN = re.compile(r"0?[1-9]?d?")
DAY_FORMAT = "%Y-%m-%d"


class InvalidTemplate(ValueError):
    """A template cannot be filled in; the text is a sentence, or the end of one that begins with the option."""


def capture_year(page: pyvips.Image) -> str:
    """The year of the picture's capture date; the present year without one."""
    return str((vips_fields.capture_date(page) or datetime.now(UTC)).year)


def capture_day(page: pyvips.Image) -> str:
    """The picture's capture date as YYYY-MM-DD; empty without one."""
    day = vips_fields.capture_date(page)
    return day.isoformat() if day else ""


def picture_artist(page: pyvips.Image) -> str:
    """The picture's artist; empty without one."""
    return rights.read_text(page, "artist")


TEXT_FIELDS: dict[str, Callable[[pyvips.Image], str]] = {
    "year": capture_year,
    "date": capture_day,
    "artist": picture_artist,
}
TEXT_FIELD_LIST = ", ".join(f"{{{name}}}" for name in TEXT_FIELDS)
TEXT_FIELDS_HELP = f"{TEXT_FIELD_LIST} are filled in from each picture."


def check_text_fields(text: str) -> None:
    """Raise InvalidTemplate for a text with an unknown field; the message continues after the option's name."""
    for field in FIELD_PATTERN.findall(text):
        if field not in TEXT_FIELDS:
            raise InvalidTemplate(f"must have no field {quote(f'{{{field}}}')}: there are {TEXT_FIELD_LIST}")


def is_visible(text: str) -> bool:
    """Whether the text has a character that shows."""
    return any(
        char not in SHAPELESS_CHARACTERS
        and unicodedata.category(char) not in INVISIBLE_CATEGORIES
        and not is_variation_selector(char)
        for char in text
    )


def is_variation_selector(char: str) -> bool:
    """Whether the character only chooses how the one before it looks."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def fill_fields(text: str, page: pyvips.Image) -> str:
    """The text with each field replaced by the picture's value; unknown words in braces stay."""

    def fill(match: re.Match[str]) -> str:
        return TEXT_FIELDS[match[1]](page) if match[1] in TEXT_FIELDS else match[0]

    return " ".join(FIELD_PATTERN.sub(fill, text).split())


def check_no_format(format: str) -> str:
    """The error of a format for a field that takes none; empty if there is no format."""
    return "takes no format" if format else ""


def check_number_format(format: str) -> str:
    """The error in a number's format; empty if it is valid."""
    return "" if NUMBER_FORMAT_PATTERN.fullmatch(format) else "takes a number of digits, such as {n:04}"


def check_date_format(format: str) -> str:
    """The error in a date's format; empty if it is valid."""
    strange = [code for code in DATE_CODE_PATTERN.findall(format) if code not in DATE_CODES]
    return f"has no code {quote('%' + strange[0])}; write for example {{date:{DAY_FORMAT}}}" if strange else ""


# Fields of a name → a format's check, which says what is wrong with it.
NAME_FIELDS: dict[str, Callable[[str], str]] = {
    "name": check_no_format,
    "n": check_number_format,
    "date": check_date_format,
    "set": check_date_format,
    "folder": check_no_format,
    "camera": check_no_format,
    "width": check_no_format,
    "height": check_no_format,
    "ext": check_no_format,
}
NAME_FIELD_LIST = ", ".join(f"{{{name}}}" for name in NAME_FIELDS)


class NamePart(NamedTuple):
    """Text of a name template, and the field after it; None after the last text."""

    text: str
    field: str | None
    format: str


def parse_name(template: str) -> list[NamePart]:
    """The parts of a name template, its fields checked. Raises InvalidTemplate."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise InvalidTemplate("template has a { or } without its partner; {{ stands for { itself") from error
    for _, field, format, conversion in parts:
        if field is not None:
            check_field(field, format or "", conversion)
    return [NamePart(text, field, format or "") for text, field, format, _ in parts]


def check_field(field: str, format: str, conversion: str | None) -> None:
    """Raise InvalidTemplate for an unknown field of a name, or an invalid format of it."""
    if field not in NAME_FIELDS or conversion:
        raise InvalidTemplate(f"template has no field {quote(f'{{{field}}}')}; there are {NAME_FIELD_LIST}")
    if wrong := NAME_FIELDS[field](format):
        raise InvalidTemplate(f"template: {{{field}}} {wrong}")


def check_name(template: str) -> None:
    """Raise InvalidTemplate, with a complete sentence, for an invalid name template."""
    if "\\" in template:
        raise InvalidTemplate("template must not contain \\; a / makes folders")
    parse_name(template)


def has_field(template: str, field: str) -> bool:
    return any(part.field == field for part in parse_name(template))
