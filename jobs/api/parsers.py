"""Parsers of bodies, which refuse what a database cannot store or what takes too much memory."""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import QueryDict
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, FormParser, MultiPartParser

NUL_REFUSAL = "The body has a NUL character in a text."
FILES_REFUSAL = "No file is expected here: send JSON."


def refuse_constant(name: str) -> Any:
    """JSON has no NaN and no infinity."""
    raise ValueError(f"{name} is not JSON")


class StrictJSONParser(BaseParser):
    """JSON in UTF-8, not too large, not too deep, without NUL characters or halves of characters."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The body's value. Raises ParseError (400) or RequestDataTooBig (413)."""
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        try:
            text = body.decode("utf-8-sig")
            value = json.loads(text, parse_constant=refuse_constant) if text.strip() else {}
            json.dumps(value, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}") from error
        if "\\u0000" in text and "\0" in json.dumps(value, ensure_ascii=False).replace("\\u0000", "\0"):
            raise ParseError(NUL_REFUSAL)
        return value


class TextFormParser(FormParser):
    """A form's fields, as texts."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The last value of each name. Raises ParseError (400), RequestDataTooBig or TooManyFieldsSent (413)."""
        return text_fields(super().parse(stream, media_type, parser_context))


class TextMultiPartParser(MultiPartParser):
    """A form sent in parts, which is how some programs send nothing at all. Files in it are refused."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The last value of each name. Raises ParseError (400), RequestDataTooBig or TooManyFieldsSent (413)."""
        length = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0
        if int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        sent = super().parse(stream, media_type, parser_context)
        if sent.files:  # ignored files would leave an empty body, which means "everything" to some views
            raise ParseError(FILES_REFUSAL)
        return text_fields(sent.data)


def text_fields(fields: QueryDict) -> dict[str, str]:
    """Each name with its last value. Raises ParseError."""
    found = {name: str(value) for name, value in fields.items()}
    if any("\0" in text for pair in found.items() for text in pair):
        raise ParseError(NUL_REFUSAL)
    return found
