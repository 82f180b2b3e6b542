"""The door of a request to the API, for the history."""

from rest_framework.request import Request

DOOR_HEADER = "Stopbath-Door"


def door_of(request: Request) -> str:
    """`page` if the script of a page sent the header, else `api`; a request with a token is always a program's."""
    pressed = request.headers.get(DOOR_HEADER) == "page" and request.auth is None
    return "page" if pressed else "api"
