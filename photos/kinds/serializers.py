"""The fields of a submit about photos, and of the outputs of its job."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobs.fields import Flag, OutputSerializer, SubmitSerializer, Text
from photos.kinds.submission import MAX_PHOTO_IDS

PHOTOS_HELP = f'A list of 1 to {MAX_PHOTO_IDS:,} ids, or "all".'


class StepSerializer(serializers.Serializer[Any]):
    """One step; its operation checks the options."""

    operation = serializers.CharField()
    options = serializers.DictField(required=False)


@extend_schema_field(StepSerializer(many=True))
class Steps(serializers.JSONField):
    """A list of steps, unchecked: `photos.recipes.steps` checks it and names the wrong step."""


@extend_schema_field(OpenApiTypes.UUID)
class RecipeId(serializers.JSONField):
    """The id of a recipe; a malformed id is answered like an unknown one."""


class PhotosSubmitSerializer(SubmitSerializer):
    """Which photos. Whether there are such photos is found out by the submission."""

    photos = serializers.JSONField(required=False, allow_null=True, help_text=PHOTOS_HELP)
    filter = serializers.DictField(required=False, allow_null=True, error_messages={"not_a_dict": "Must be an object."})
    catalogue = Flag(required=False)
    title = Text(required=False, allow_null=True, allow_blank=True)
    deliver = serializers.JSONField(
        required=False, allow_null=True, help_text="true, or the name of a folder in the folder of results."
    )


class ProcessSubmitSerializer(PhotosSubmitSerializer):
    """Which photos, and what is done to them."""

    steps = Steps(required=False, allow_null=True)
    recipe = RecipeId(required=False, allow_null=True)
    classify = Flag(required=False)


class PictureOutputSerializer(OutputSerializer):
    """A picture or a document that was made of a photo."""

    width = serializers.IntegerField()
    height = serializers.IntegerField()
    notes = serializers.ListField(child=serializers.CharField(), required=False)
