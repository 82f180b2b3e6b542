"""What the views of this API share: they answer JSON or a file, whatever the Accept header says."""

from collections.abc import Sequence
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from jobs.api.parsers import StrictJSONParser


class AnyAccept(DefaultContentNegotiation):
    """Ignores the Accept header: browsers ask for pictures as image/*, and errors are JSON all the same."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class View(APIView):
    """A view that takes JSON and answers JSON, or a file."""

    content_negotiation_class = AnyAccept
    parser_classes: Sequence[type[BaseParser]] = (StrictJSONParser,)
