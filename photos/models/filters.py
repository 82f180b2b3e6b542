"""The filter of a library: parses its keys and values into conditions of a query."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q, Value
from django.db.models.functions import Left
from django.db.models.lookups import Exact
from django.utils.dateparse import parse_date, parse_datetime

from jobs.errors import MAX_FIELD_NAME_CHARACTERS, Refused
from jobs.text import as_uuid
from jobs.wording import too_long
from photos.classification.kinds import KINDS
from photos.imaging.formats.metadata.vips_fields import MAX_UTC_OFFSET
from photos.models.full_text import WORD_PATTERN, HasWords

FORMATS = ("jpeg", "png", "webp", "avif", "heic", "tiff", "gif", "raw", "pdf")
MAX_VALUE_CHARACTERS = 1000
NO_SUCH_SET = "There is no such set."
NO_SUCH_DATE = "There is no such date."


class InvalidFilter(ValueError):
    """A value that a filter cannot have; the message is the sentence for the user."""


def search(text: str) -> Q:
    """Photos whose name, folder or category contains the text in any case, or whose document has its words.

    A word of the text matches every word of the document that begins with it.
    """
    text = unicodedata.normalize("NFC", text)  # the form of stored names, folders, categories and texts
    # SQLite folds the case of ASCII letters only: other letters are searched in their usual spellings.
    ignores_case = text.isascii() or connection.vendor == "postgresql"
    spellings = {text} if ignores_case else {text, text.lower(), text.upper(), text.title()}
    condition = Q()
    for spelling in spellings:
        for field in ("name", "path", "category"):
            condition |= Q(**{f"{field}__icontains": spelling})
    words = WORD_PATTERN.findall(text)
    return condition | Q(HasWords(F("pk"), words)) if words else condition


def path(text: str) -> Q:
    """Photos in that folder or below it, or the one photo of that full path."""
    inside = unicodedata.normalize("NFC", text.strip("/"))
    folder, _, name = inside.rpartition("/")
    # Not startswith: on SQLite it ignores case.
    below = Q(Exact(Left("path", len(inside) + 1), Value(f"{inside}/")))
    return Q(path=inside) | below | Q(path=folder, name=name)


def in_set(text: str) -> Q:
    """Photos of the set with that id."""
    uuid = as_uuid(text)
    if uuid is None:
        raise InvalidFilter(NO_SUCH_SET)
    return Q(set__uuid=uuid)


def one_of(field: str, values: tuple[str, ...]) -> Callable[[str], Q]:
    """A condition on a field with a fixed set of values; it raises InvalidFilter for others."""

    def condition(text: str) -> Q:
        if text not in values:
            raise InvalidFilter(f"Use one of {', '.join(values)}.")
        return Q(**{field: text})

    return condition


def category(text: str) -> Q:
    """Photos of exactly that category."""
    return Q(category=unicodedata.normalize("NFC", text))


def taken_after(text: str) -> Q:
    """Photos taken at that time or later; a date begins at midnight by the camera's own clock."""
    if as_date(text):
        return by_clock("gte", parse_moment(text), within=-MAX_UTC_OFFSET)
    return Q(taken_at__gte=parse_moment(text))


def taken_before(text: str) -> Q:
    """Photos taken at that time or earlier; a date lasts until midnight by the camera's own clock."""
    if as_date(text):
        return by_clock("lte", parse_moment(text) + timedelta(days=1, microseconds=-1), within=MAX_UTC_OFFSET)
    return Q(taken_at__lte=parse_moment(text))


def by_clock(lookup: str, there: datetime, within: timedelta) -> Q:
    """A condition on the time by the camera's own clock, which `taken_at` holds if the zone is unknown.

    `within` is the largest possible difference between that time and UTC.
    """
    exactly = Q(**{f"taken_there__{lookup}": there}) | Q(**{"taken_there": None, f"taken_at__{lookup}": there})
    try:
        return Q(**{f"taken_at__{lookup}": there + within}) & exactly  # the first condition can use the index by date
    except OverflowError:
        return exactly


CONDITIONS: dict[str, Callable[[str], Q]] = {
    "search": search,
    "path": path,
    "set": in_set,
    "format": one_of("format", FORMATS),
    "category": category,
    "kind": one_of("kind", KINDS),
    "taken_after": taken_after,
    "taken_before": taken_before,
}


def require_object(data: Any) -> dict[str, Any]:
    """The filter unchanged. Raises Refused unless it is a dict."""
    if not isinstance(data, dict):
        raise Refused("The filter must be an object.", {"filter": "This must be an object."})
    return data


def parse_conditions(data: Any) -> list[Q]:
    """The conditions of a filter; an empty value means none. Raises Refused with a sentence for each wrong key."""
    errors: dict[str, str] = {}
    conditions: list[Q] = []
    for name, value in require_object(data).items():
        try:
            if value not in (None, ""):
                conditions.append(parse_condition(name, value))
        except InvalidFilter as error:
            errors[str(name)[:MAX_FIELD_NAME_CHARACTERS]] = str(error)
    if errors:
        name, sentence = next(iter(errors.items()))
        raise Refused(f"{name}: {sentence}", errors)
    return conditions


def parse_condition(name: str, value: Any) -> Q:
    """The condition of one key. Raises InvalidFilter."""
    if name not in CONDITIONS:
        raise InvalidFilter(f"A filter has no such key; it may have {', '.join(CONDITIONS)}.")
    if not isinstance(value, str):
        raise InvalidFilter("This must be text.")
    if len(value) > MAX_VALUE_CHARACTERS:
        raise InvalidFilter(too_long("This", MAX_VALUE_CHARACTERS))
    if "\0" in value or not is_encodable(value):
        raise InvalidFilter("This has characters that are not allowed in text.")
    return CONDITIONS[name](value)


def is_encodable(text: str) -> bool:
    """Whether a text can be encoded as UTF-8: half a surrogate pair cannot."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def parse_moment(text: str) -> datetime:
    """A date or time in ISO 8601, UTC if it has no zone. Raises InvalidFilter."""
    try:
        moment = parse_datetime(text)
        day = as_date(text)
        if moment is None and day is not None:
            moment = datetime.combine(day, time())
        if moment is not None:
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidFilter(NO_SUCH_DATE) from error
    raise InvalidFilter("Use a date like 2026-01-31 or a time like 2026-01-31T12:00:00Z.")


def as_date(text: str) -> date | None:
    """The date in a text; None for a text that is no date. Raises InvalidFilter for a date that no calendar has."""
    try:
        return parse_date(text) if len(text) <= len("2026-01-31") else None
    except ValueError as error:
        raise InvalidFilter(NO_SUCH_DATE) from error
