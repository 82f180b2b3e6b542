"""Pagination by cursors: quick at any length, and new rows repeat nothing on later pages."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from jobs.errors import Refused, field_refusal
from jobs.text import as_number


class NewestFirstPagination(CursorPagination):
    """Newest first; `limit` asks for a shorter or longer page."""

    ordering = "-id"
    page_size = 100
    page_size_query_param = "limit"
    max_page_size = 500

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The position of the cursor. Raises Refused for a cursor that this class did not make."""
        try:
            cursor = super().decode_cursor(request)
        except (NotFound, ValueError) as error:
            raise invalid_cursor() from error
        if cursor is not None and not is_key(cursor.position):
            raise invalid_cursor()
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema of a page, in which all three keys are required."""
        address = {"type": "string", "format": "uri", "nullable": True}
        keys = {"next": address, "previous": address, "results": schema}
        return {"type": "object", "required": list(keys), "properties": keys}


class PageSchema(AutoSchema):
    """Names the component of a page after its rows: JobPage."""

    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name}Page"


def is_key(position: object) -> bool:
    """Whether a cursor's position is a key, or none."""
    return position is None or as_number(str(position)) is not None


def invalid_cursor() -> Refused:
    """The refusal of a malformed cursor."""
    return field_refusal("cursor", "This cursor is not valid: ask for the list again from its beginning.")
