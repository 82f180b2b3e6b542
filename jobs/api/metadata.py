"""Answers to OPTIONS."""

from typing import Any

from rest_framework.metadata import SimpleMetadata


class NameMetadata(SimpleMetadata):
    """Name, description and media types of an address; what its bodies hold stands in the OpenAPI description."""

    def determine_actions(self, request: Any, view: Any) -> dict[str, Any]:
        """Nothing: the base class would describe bodies by the serializer of the answers."""
        return {}
