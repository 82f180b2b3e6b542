"""The API as a whole: its OpenAPI description, and a 404 for unknown addresses."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class JSONErrorView(APIView):
    """A view with its own form of answers, but errors in JSON."""

    permission_classes = (AllowAny,)

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        self.request.accepted_renderer, self.request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
        return response


class Schema(JSONErrorView, SpectacularAPIView):
    """The OpenAPI description."""


class Docs(JSONErrorView, SpectacularSwaggerSplitView):
    """The page of Swagger for the OpenAPI description.

    The plain view has an inline script, which our content security policy does not run.
    """

    url_name = "api:schema"


@extend_schema(exclude=True)
class NotFound(APIView):
    """Answers unknown addresses below /api/ with 404 in JSON."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404

    def get(self, request: Request) -> Response:
        """Never called: `initial` raises first."""
        raise Http404
