"""Photos: upload, list, show, correct the category, delete."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.filters import BaseFilterBackend
from rest_framework.generics import DestroyAPIView, ListAPIView, RetrieveAPIView
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from jobs.api.doors import door_of
from jobs.api.generic import OwnedView
from jobs.api.paging import NewestFirstPagination, PageSchema
from jobs.api.parsers import StrictJSONParser
from photos.api.serializers import (
    CategoryForSeveralSerializer,
    CategorySerializer,
    ChangedSerializer,
    PhotoSerializer,
    UploadedSerializer,
    UploadSerializer,
)
from photos.kinds.submission import select_photos, selected_photos
from photos.library.multipart import UploadParser
from photos.library.receiving import Upload
from photos.models import Photo
from photos.models.filters import CONDITIONS


class PhotosView(OwnedView[Photo]):
    """A view of the user's photos."""

    queryset = Photo.objects.select_related("file", "set")
    serializer_class: type[BaseSerializer[Any]] = PhotoSerializer
    lookup_url_kwarg = "photo_id"
    parser_classes = (StrictJSONParser,)


class PhotoFilter(BaseFilterBackend):
    """The filter of a library: each condition is a parameter of the address."""

    def filter_queryset(self, request: Request, queryset: Any, view: APIView) -> Any:
        """Photos that meet every condition. Raises Refused for an invalid one."""
        return queryset.matching({name: request.query_params.get(name) for name in CONDITIONS})

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """The conditions, for the description of the API."""
        return [{"name": name, "in": "query", "schema": {"type": "string"}} for name in CONDITIONS]


class PhotoPagination(NewestFirstPagination):
    """Pages through keys, which an index holds, and reads the rows of one page only."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> Any:
        """The photos of the page, with their files and sets."""
        rows: Any = super().paginate_queryset(queryset.values("id"), request, view) or []
        return Photo.objects.load([row["id"] for row in rows])


class Photos(PhotosView, ListAPIView[Photo]):
    """The library."""

    filter_backends = (PhotoFilter,)
    pagination_class = PhotoPagination
    schema = PageSchema()

    def get_parsers(self) -> list[BaseParser]:
        """An upload is written to the disk while it is read; the body of a PATCH is JSON."""
        method = getattr(self.request, "method", "")  # the schema is made without a request
        return [StrictJSONParser() if method == "PATCH" else UploadParser()]

    @extend_schema(operation_id="photos_list")
    def get(self, request: Request) -> Response:
        """The photos that match the filter, newest first."""
        return self.list(request)

    @extend_schema(
        operation_id="photos_upload",
        request={"multipart/form-data": UploadSerializer},
        responses={201: UploadedSerializer, 400: UploadedSerializer, 413: UploadedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Upload files. Each is accepted, or rejected with a sentence."""
        sent = self.validate_body(UploadSerializer)
        upload = Upload.take(request.user, sent["set"], sent["files"], door_of(request))
        return Response(UploadedSerializer(upload).data, status=upload_status(upload))

    @extend_schema(operation_id="photos_change", request=CategoryForSeveralSerializer, responses=ChangedSerializer)
    def patch(self, request: Request) -> Response:
        """Set the category of several photos, selected as for a job; classifiers do not change it afterwards."""
        sent = self.validate_body(CategoryForSeveralSerializer)
        photos = selected_photos(select_photos(sent, request.user).spec)
        return Response(ChangedSerializer({"changed": photos.correct(sent["category"])}).data)


def upload_status(upload: Upload) -> int:
    """201 if a file was accepted or is being imported; else 400, or 413 if all were too large."""
    if upload.error is None:
        return status.HTTP_201_CREATED
    return status.HTTP_413_REQUEST_ENTITY_TOO_LARGE if upload.is_too_large else status.HTTP_400_BAD_REQUEST


class OnePhoto(PhotosView, RetrieveAPIView[Photo], DestroyAPIView[Photo]):
    """One photo."""

    @extend_schema(operation_id="photo_get")
    def get(self, request: Request, photo_id: str) -> Response:
        """The photo."""
        return self.retrieve(request)

    @extend_schema(operation_id="photo_change", request=CategorySerializer)
    def patch(self, request: Request, photo_id: str) -> Response:
        """Set the category; an empty one means none. Classifiers do not change it afterwards."""
        photo = self.get_object()
        photo.correct(self.validate_body(CategorySerializer)["category"])
        return Response(self.get_serializer(photo).data)

    def perform_destroy(self, photo: Photo) -> None:
        photo.remove()

    @extend_schema(operation_id="photo_delete")
    def delete(self, request: Request, photo_id: str) -> Response:
        """Delete the photo; outputs of jobs stay."""
        return self.destroy(request)
