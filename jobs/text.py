"""Texts from outside: ids are parsed, names are made safe for headers and spreadsheets."""

from urllib.parse import quote
from uuid import UUID

CSV_CONTENT_TYPE = "text/csv; charset=utf-8"
MAX_NUMBER_DIGITS = 18  # so many always fit into a column of 64 bits
# Full-width forms, too: some spreadsheets treat them as the ASCII characters.
FORMULA_PREFIXES = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def as_uuid(text: object) -> UUID | None:
    """The UUID of a text in the form 8-4-4-4-12 that the API writes, in either case; None for anything else."""
    if not isinstance(text, str) or len(text) != 36:  # UUID() takes braces, URNs and texts without hyphens, too
        return None
    try:
        return UUID(text)
    except ValueError:
        return None


def as_number(text: str) -> int | None:
    """The whole number of a text in ASCII digits; None for anything else, and for more than `MAX_NUMBER_DIGITS`."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_NUMBER_DIGITS else None


def content_disposition(name: str, inline: bool = False) -> str:
    """The value of a Content-Disposition header (RFC 6266) for a file name with any characters."""
    plain = "".join(c if " " <= c < "\x7f" and c not in '"\\%;' else "_" for c in name)
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def escape_cell(text: str) -> str:
    """The text of a CSV cell, quoted so that no spreadsheet evaluates it as a formula."""
    return f"'{text}" if text.startswith(FORMULA_PREFIXES) else text


class Echo:
    """A file-like object for `csv.writer`, whose `writerow` then returns the line."""

    def write(self, line: str) -> str:
        """Return the line unchanged."""
        return line
