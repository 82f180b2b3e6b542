"""The base of views about rows that users own."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import Http404
from rest_framework.generics import GenericAPIView
from rest_framework.serializers import BaseSerializer

from jobs.text import as_uuid


class OwnedView[Row: Model](GenericAPIView[Row]):
    """A view of the user's rows: another user's row, a missing one and an id that is no UUID are the same 404.

    The `queryset` has a method `visible_to(user)`.
    """

    lookup_field = "uuid"

    def get_queryset(self) -> Any:
        """The rows that the user can see."""
        return super().get_queryset().visible_to(self.request.user)  # type: ignore[attr-defined]

    def get_object(self) -> Row:
        """The row with the id in the address. Raises Http404."""
        # Django's own parse would take ids in braces and without hyphens, too.
        if as_uuid(self.kwargs[self.lookup_url_kwarg or self.lookup_field]) is None:
            raise Http404
        return super().get_object()

    def validate_body(self, serializer: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """The validated body. Raises Refused or ValidationError."""
        asked = serializer(data=self.request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        found: dict[str, Any] = asked.validated_data
        return found
