"""The classification of a photo, and its near-duplicates."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from photos.api.photos import PhotosView
from photos.api.serializers import ClassificationSerializer, NearDuplicatesSerializer
from photos.library.near_duplicates import find_near_duplicates
from photos.models import Classification


class PhotoClassification(PhotosView):
    """What the classifiers found in a photo."""

    serializer_class = ClassificationSerializer

    @extend_schema(operation_id="photo_classification")
    def get(self, request: Request, photo_id: str) -> Response:
        """The latest result; 404 for a photo that was not classified."""
        rows = Classification.objects.filter(pk=self.get_object().pk)
        row = rows.select_related("photo", "photo__text").first()
        if row is None:
            raise Http404
        return Response(self.get_serializer(row).data)


class Similar(PhotosView):
    """Near-duplicates."""

    serializer_class = NearDuplicatesSerializer

    @extend_schema(operation_id="photo_similar")
    def get(self, request: Request, photo_id: str) -> Response:
        """The same picture saved in another way, and pictures that are probably of the same shot."""
        return Response(self.get_serializer(find_near_duplicates(self.get_object())).data)
