"""Ids from outside."""

from uuid import UUID


def as_uuid(text: object) -> UUID | None:
    """The UUID that a text stands for, as the API writes them; None when it is none."""
    if not isinstance(text, str) or len(text) != 36:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
