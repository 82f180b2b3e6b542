"""What can go wrong in words, and how the API answers it."""

import logging
from typing import Any

from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

logger = logging.getLogger(__name__)

NOT_FOUND = "Not found"
NOT_UNDERSTOOD = "The request was not understood."
MAX_FIELD_NAME_CHARACTERS = 100  # of an unknown field that an answer names
MAX_ERROR_CHARACTERS = 300  # of an error or a reason that is kept: the rest is cut off


class Refused(Exception):
    """A request that cannot be met as asked: one sentence, and a sentence a field where fields are wrong.

    `retry_after`: seconds after which it is worth another try, when only the server was too busy.
    """

    def __init__(
        self, sentence: str, fields: dict[str, str] | None = None, status: int = 400, retry_after: int | None = None
    ) -> None:
        super().__init__(sentence)
        self.sentence, self.fields, self.status, self.retry_after = sentence, fields, status, retry_after


def field_refusal(field: str, sentence: str, status: int = 400) -> Refused:
    """A refusal because of one field: the request and the field have the same sentence."""
    return Refused(sentence, {field: sentence}, status=status)


class NotPossible(Exception):
    """A verb that the job's status does not allow: one sentence that says why."""


class ItemFailed(Exception):
    """One item cannot be done: one sentence for the person. The other items go on."""


class PassingFault(ItemFailed):
    """An item cannot be done now, but perhaps in a moment: it is tried again before it counts as failed.

    `after`: seconds to wait, as the refusing service asked; at most five minutes are waited.
    """

    def __init__(self, sentence: str, after: float | None = None) -> None:
        super().__init__(sentence)
        self.after = after


def first_sentence(detail: Any) -> str:
    """The first sentence in whatever shape REST framework keeps its details."""
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        words = first_sentence(inner)
        if name == "non_field_errors":
            return words
        return f"{name} m{words[1:]}" if words.startswith("Must ") else f"{name}: {words}"
    if isinstance(detail, list):
        return first_sentence(detail[0]) if detail else NOT_UNDERSTOOD
    return str(detail)


def field_errors(detail: Any) -> dict[str, str] | None:
    """One sentence a field, when the details are about fields."""
    if not isinstance(detail, dict):
        return None
    return {str(name): first_sentence(inner) for name, inner in detail.items()}


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler: every error is {"error": one sentence}, perhaps with "fields"."""
    if isinstance(error, Refused):
        body: dict[str, Any] = {"error": error.sentence}
        if error.fields:
            body["fields"] = error.fields
        headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
        return Response(body, status=error.status, headers=headers)
    if isinstance(error, NotPossible):
        return Response({"error": str(error)}, status=status.HTTP_409_CONFLICT)
    if isinstance(error, Http404 | exceptions.NotFound | ObjectDoesNotExist):  # the last: deleted meanwhile
        return Response({"error": NOT_FOUND}, status=status.HTTP_404_NOT_FOUND)
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return Response({"error": "The request is too large."}, status=status.HTTP_413_REQUEST_ENTITY_TOO_LARGE)
    if isinstance(error, UnreadablePostError):
        return Response({"error": "The request broke off."}, status=status.HTTP_400_BAD_REQUEST)
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    response = exception_handler(error, context)
    if response is None:
        return None
    response.data = error_body(error, response.data)
    return response


def error_body(error: Exception, detail: Any) -> dict[str, Any]:
    """The body of an answer to one of REST framework's own errors."""
    if isinstance(error, exceptions.ValidationError):
        fields = field_errors(error.detail)
        body: dict[str, Any] = {"error": first_sentence(error.detail)}
        return body | {"fields": fields} if fields else body
    return {"error": first_sentence(detail.get("detail", detail) if isinstance(detail, dict) else detail)}
