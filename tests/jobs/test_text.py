"""Ids from outside."""

from uuid import UUID

import pytest

from jobs.text import as_uuid

TEXT = "0198f2a4-1751-7569-b3d1-71ed6046b5d9"


@pytest.mark.parametrize("text", [TEXT, TEXT.upper()])
def test_an_id_is_known_in_either_case(text: str) -> None:
    assert as_uuid(text) == UUID(TEXT)


@pytest.mark.parametrize(
    "text", ["", "1", TEXT[:-1], TEXT.replace("-", ""), f"{{{TEXT}}}", "x" * 36, "\0", None, 7, [TEXT]]
)
def test_what_is_no_id_is_none(text: object) -> None:
    assert as_uuid(text) is None
