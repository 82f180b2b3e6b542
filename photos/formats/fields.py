"""Fields in a text that each picture fills with what it says about itself."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

import pyvips

from photos.formats import metadata, texts

# Letters and signs without a shape, besides those that say so by their category.
SHAPELESS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
FIELD = re.compile(r"\{([^{}]*)\}")


def year(page: pyvips.Image) -> str:
    """The year when the picture was taken; this year when it does not say."""
    return str((metadata.taken_on(page) or datetime.now(UTC)).year)


def date(page: pyvips.Image) -> str:
    """The day when the picture was taken; nothing when it does not say."""
    taken = metadata.taken_on(page)
    return taken.isoformat() if taken else ""


def artist(page: pyvips.Image) -> str:
    """Who took the picture; nothing when it does not say."""
    return texts.said(page, "artist")


FIELDS: dict[str, Callable[[pyvips.Image], str]] = {"year": year, "date": date, "artist": artist}
NAMES = ", ".join(f"{{{name}}}" for name in FIELDS)
FILLED_IN = f"{NAMES} are filled in from each picture."


def unknown(text: str) -> list[str]:
    """The fields in a text that do not exist."""
    return [found for found in FIELD.findall(text) if found not in FIELDS]


def can_be_seen(text: str) -> bool:
    """Whether anything of the text shows when it is written somewhere."""
    return any(
        char not in SHAPELESS and unicodedata.category(char) not in UNSEEN and not is_selector(char) for char in text
    )


def is_selector(char: str) -> bool:
    """Whether it only chooses how the sign before it looks."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def filled(text: str, page: pyvips.Image) -> str:
    """The text with what the picture says in the place of each field; other words in braces stay."""

    def fill(found: re.Match[str]) -> str:
        return FIELDS[found[1]](page) if found[1] in FIELDS else found[0]

    return " ".join(FIELD.sub(fill, text).split())
