"""The classification of a photo, and its near-duplicates."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from photos.api.bodies import View
from photos.api.photos import PhotoSerializer, get_photo, photos_json
from photos.library.near_duplicates import find_near_duplicates
from photos.models import Classification


class ClassificationSerializer(serializers.Serializer[Classification]):
    """The latest result of the classifiers."""

    kind = serializers.CharField(source="photo.kind")
    category = serializers.CharField(help_text="As classified; a person may have set another one.")
    classifier = serializers.CharField()
    version = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    scores = serializers.DictField(child=serializers.FloatField())
    attributes = serializers.DictField()
    text = serializers.CharField(source="photo.text.text", default="")
    classified_at = serializers.DateTimeField()
    corrected_at = serializers.DateTimeField(source="photo.corrected_at", allow_null=True)


class AlikeSerializer(serializers.Serializer[Any]):
    """Photos that are nearly the same, the likest first."""

    same_picture = PhotoSerializer(many=True)
    same_shot = PhotoSerializer(many=True)


class PhotoClassification(View):
    """What is known of what a photo shows."""

    @extend_schema(operation_id="photo_classification", responses=ClassificationSerializer)
    def get(self, request: Request, photo_id: str) -> Response:
        """The latest result; 404 for a photo that was not classified."""
        rows = Classification.objects.filter(pk=get_photo(request, photo_id).pk)
        row = rows.select_related("photo", "photo__text").first()
        if row is None:
            raise Http404
        return Response(ClassificationSerializer(row).data)


class Similar(View):
    """Near-duplicates."""

    @extend_schema(operation_id="photo_similar", responses=AlikeSerializer)
    def get(self, request: Request, photo_id: str) -> Response:
        """The same picture saved in another way, and pictures that are probably of the same shot."""
        found = find_near_duplicates(get_photo(request, photo_id))
        return Response({name: photos_json(getattr(found, name)) for name in ("same_picture", "same_shot")})
