"""Parts of serializers that read what programs send, for the API and for kinds: strict, and with sentences of ours."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from jobs.errors import Refused


def require_json_object(data: Any) -> dict[str, Any]:
    """The body of a request. Raises Refused unless it is a JSON object."""
    if not isinstance(data, dict):
        raise Refused("The body must be a JSON object.")
    return data


class BodySerializer(serializers.Serializer[Any]):
    """The body of a request: a JSON object."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The checked values. Raises Refused for what is no object, and ValidationError for a wrong field."""
        return super().run_validation(require_json_object(data))


class Flag(serializers.BooleanField):
    """A yes or no: REST framework's own field makes one of texts and numbers, too."""

    default_error_messages = dict.fromkeys(("invalid", "null"), "Must be true or false.")

    def to_internal_value(self, data: Any) -> bool:
        """The value. Raises ValidationError."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class Text(serializers.CharField):
    """Text and nothing else: REST framework's own field makes text of numbers, too."""

    default_error_messages = dict.fromkeys(("invalid", "null"), "Must be a text.")

    def to_internal_value(self, data: Any) -> str:
        """The text. Raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class SubmitSerializer(BodySerializer):
    """What a program sends to submit a job. Kinds add their fields; other names are passed on to them unchecked."""

    kind = serializers.CharField()

    def to_internal_value(self, data: dict[str, Any]) -> dict[str, Any]:
        """The validated values, and values without a field unchanged."""
        return data | super().to_internal_value(data)


class OutputSerializer(serializers.Serializer[Any]):
    """What the API tells of the file that was made of an item. Kinds add what they know of theirs."""

    url = serializers.CharField()
    name = serializers.CharField()
    format = serializers.CharField()
    size = serializers.IntegerField()


class JoinedSerializer(serializers.Serializer[Any]):
    """The fields of several serializers; one that not all of them require is not required."""

    def parts(self) -> list[type[serializers.Serializer[Any]]]:
        """The serializers whose fields are joined."""
        raise NotImplementedError

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The fields of all parts, in order of first appearance."""
        shapes = [part().get_fields() for part in self.parts()]
        fields = {name: field for shape in reversed(shapes) for name, field in shape.items()}
        for name, field in fields.items():
            field.required = all(name in shape and shape[name].required for shape in shapes)
        return fields
