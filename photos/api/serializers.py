"""Serializers of the API of photos. Their keys are a public contract, and the OpenAPI document comes from them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers as s

from jobs.fields import BodySerializer
from photos.kinds.serializers import StepSerializer
from photos.models.recipe import MAX_NAME_CHARACTERS


class AsSent(s.Field[Any, Any, Any, Any]):
    """A value as it was sent; the default or None without one. What takes the value refuses it in words of its own."""

    def run_validation(self, data: Any = s.empty) -> Any:
        """The value unchecked."""
        if data is not s.empty:
            return data
        return None if self.default is s.empty else self.get_default()

    def to_representation(self, value: Any) -> Any:
        """The value unchanged."""
        return value


# ---------------------------------------------------------------- operations, recipes


class OperationSerializer(s.Serializer[Any]):
    """An operation and the JSON Schema of its options."""

    name = s.CharField()
    label = s.CharField()  # type: ignore[assignment]
    help = s.CharField()
    options = s.DictField()


class OperationsSerializer(s.Serializer[Any]):
    """All operations."""

    operations = OperationSerializer(many=True)


@extend_schema_field({"type": "string", "maxLength": MAX_NAME_CHARACTERS})
class RecipeName(AsSent):
    """The name of a recipe: `Recipe` checks it."""


@extend_schema_field(StepSerializer(many=True))
class RecipeSteps(AsSent):
    """The steps of a recipe: `Recipe` checks them, and keeps them as they were sent."""


class RecipeSerializer(BodySerializer):
    """A recipe."""

    id = s.UUIDField(source="uuid", read_only=True)
    name = RecipeName()
    steps = RecipeSteps()
    built_in = s.BooleanField(read_only=True)
