"""What the views of this API share: they answer JSON or a file, whatever the Accept header says."""

from collections.abc import Sequence
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from jobs.api.parsers import StrictJSONParser
from jobs.errors import Refused
from photos.imaging.formats import Unreadable
from photos.imaging.sandbox import Busy

RETRY_SECONDS = 2  # Retry-After of a server that is too busy


def decoding_refusal(error: Unreadable, status: int) -> Refused:
    """The answer for a file that cannot be shown; 503 if the server is only too busy."""
    if isinstance(error, Busy):
        return Refused(str(error), status=503, retry_after=RETRY_SECONDS)
    return Refused(str(error), status=status)


class AnyAccept(DefaultContentNegotiation):
    """Ignores the Accept header: browsers ask for pictures as image/*, and errors are JSON all the same."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class View(APIView):
    """A view that takes JSON and answers JSON, or a file."""

    content_negotiation_class = AnyAccept
    parser_classes: Sequence[type[BaseParser]] = (StrictJSONParser,)

    def body(self) -> dict[str, Any]:
        """The body, which must be a JSON object. Raises Refused."""
        data = self.request.data
        if not isinstance(data, dict):
            raise Refused("The body must be a JSON object.")
        return data
