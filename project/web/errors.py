"""Error answers: pages for people, JSON below the addresses of JSON_PATHS."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render
from django.views import defaults

from jobs.errors import NOT_FOUND, NOT_UNDERSTOOD
from project.paths import JSON_PATHS

logger = logging.getLogger(__name__)


def wants_json(request: HttpRequest) -> bool:
    """Whether the address is one of JSON_PATHS."""
    return request.path.startswith(JSON_PATHS)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """The answer with status 400: JSON below JSON_PATHS, a page elsewhere."""
    if wants_json(request):
        return JsonResponse({"error": NOT_UNDERSTOOD}, status=400)
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """The answer with status 403: JSON below JSON_PATHS, a page elsewhere."""
    if wants_json(request):
        return JsonResponse({"error": "You may not do that."}, status=403)
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """The answer with status 404: JSON below JSON_PATHS, a page elsewhere."""
    if wants_json(request):
        return JsonResponse({"error": NOT_FOUND}, status=404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """The answer with status 500: JSON below JSON_PATHS, a page elsewhere."""
    if wants_json(request):
        return JsonResponse({"error": "Something went wrong on the server."}, status=500)
    return defaults.server_error(request)


class LengthRequiredMiddleware:
    """Refuses bodies without a length, with 411.

    Django would read such a body as empty, and "cancel these jobs" would become "cancel all".
    """

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
            return JsonResponse({"error": "Send the length of the body (Content-Length)."}, status=411)
        response: HttpResponse = self.get_response(request)
        return response


class PlainAddressMiddleware:
    """Refuses addresses with a NUL character, with 400: PostgreSQL cannot compare it with anything."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return JsonResponse({"error": "The address has a NUL character."}, status=400)
        response: HttpResponse = self.get_response(request)
        return response


class NotAllowedMiddleware:
    """Gives a 405 a page, for users who open the address of a form by hand; Django's own answer is empty."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or wants_json(request):
            return response
        page = render(request, "405.html", status=405)
        page["Allow"] = response["Allow"]
        return page
