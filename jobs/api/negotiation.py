"""Content negotiation that never answers 406."""

from collections.abc import Iterable, Sequence

from django.http import Http404
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class AnyAcceptNegotiation(DefaultContentNegotiation):
    """Answers a program that asks for CSV or another file, too: files come as they are, and errors are JSON."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The renderer that is asked for, or else the first."""
        choices: Sequence[BaseRenderer] = list(renderers)
        try:
            return super().select_renderer(request, choices, format_suffix)
        except (NotAcceptable, Http404):
            return choices[0], choices[0].media_type
