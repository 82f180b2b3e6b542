"""Texts from outside: ids are parsed, names are made safe for headers and spreadsheets."""

from urllib.parse import quote
from uuid import UUID

FORMULA_PREFIXES = tuple(
    "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
)  # also as wide letters, which some spreadsheets take for the same


def as_uuid(text: object) -> UUID | None:
    """The UUID of a text in the form 8-4-4-4-12 that the API writes, in either case; None for anything else."""
    if not isinstance(text, str) or len(text) != 36:  # UUID() takes braces, URNs and texts without hyphens, too
        return None
    try:
        return UUID(text)
    except ValueError:
        return None


def content_disposition(name: str, inline: bool = False) -> str:
    """A Content-Disposition header (RFC 6266) for a name of any characters."""
    plain = "".join(c if " " <= c < "\x7f" and c not in '"\\%;' else "_" for c in name)
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def escape_cell(text: str) -> str:
    """A text for a CSV cell: a spreadsheet must not take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_PREFIXES) else text


class Echo:
    """A file for the CSV writer that hands each line back."""

    def write(self, line: str) -> str:
        """The line itself."""
        return line
