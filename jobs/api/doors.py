"""Which door a request of the API came through."""

from rest_framework.request import Request

DOOR_HEADER = "Stopbath-Door"


def door_of(request: Request) -> str:
    """`page` where a page's script says that a person pressed a button of it, else `api`; a token is a program's."""
    pressed = request.headers.get(DOOR_HEADER) == "page" and request.auth is None
    return "page" if pressed else "api"
