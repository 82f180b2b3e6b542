"""The API's own answer to addresses that do not exist."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


@extend_schema(exclude=True)
class NotFound(APIView):
    """404 as JSON for whatever else stands below /api/."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Every method is answered alike."""
        raise Http404

    def get(self, request: Request) -> Response:
        """Never reached: `initial` has answered."""
        raise Http404
