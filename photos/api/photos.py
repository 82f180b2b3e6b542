"""Photos: upload, list, show, correct the category, delete."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.doors import door_of
from jobs.api.paging import NewestFirstPagination
from jobs.api.parsers import StrictJSONParser
from jobs.errors import Refused
from jobs.fields import Text
from jobs.models import Job
from jobs.text import as_uuid
from photos.api.bodies import View
from photos.files import archives, names
from photos.files.incoming import IncomingFile
from photos.imaging.formats import Unreadable
from photos.imaging.sandbox import Busy
from photos.kinds.submission import select_photos, selected_photos
from photos.library import imports
from photos.library.multipart import FILES_FIELD, UploadParser
from photos.library.uploads import AcceptedFile, Intake, RejectedFile
from photos.models import Photo, PhotoSet
from photos.models.filters import CONDITIONS


class PhotoSerializer(serializers.Serializer[Photo]):
    """A photo as the API tells it."""

    id = serializers.UUIDField(source="uuid")
    name = serializers.CharField()
    path = serializers.CharField(help_text="The folder inside the library; empty at its top.")
    set = serializers.UUIDField(source="set.uuid", help_text="Photos uploaded together have the same set.")
    format = serializers.CharField()
    width = serializers.IntegerField(source="file.width", help_text="As shown, upright.")
    height = serializers.IntegerField(source="file.height", help_text="As shown, upright.")
    pages = serializers.IntegerField(source="file.pages")
    frames = serializers.IntegerField(source="file.frames")
    size = serializers.IntegerField(source="file.size", help_text="Bytes.")
    taken_at = serializers.DateTimeField(allow_null=True)
    kind = serializers.CharField()
    category = serializers.CharField()
    sha256 = serializers.CharField(source="file.sha256")
    colour = serializers.CharField(source="file.colour", help_text="The main one, #rrggbb; empty when unknown.")
    duplicate = serializers.BooleanField(help_text="True when the same bytes were in this library before.")


class RejectedSerializer(serializers.Serializer[Any]):
    """A file that was not let in."""

    name = serializers.CharField()
    error = serializers.CharField()
    again = serializers.BooleanField(
        required=False, help_text="True when the server failed, not the file: send it again."
    )
    index = serializers.IntegerField(help_text="Its place among the files of the request, from 0.")


class UploadedSerializer(serializers.Serializer[Any]):
    """What became of the files of an upload; `error` only when none was accepted."""

    photos = PhotoSerializer(many=True)
    rejected = RejectedSerializer(many=True)
    error = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """With `import`, which is a word of Python's own."""
        job = serializers.UUIDField(required=False, help_text="The job that unpacks the ZIP files.")
        return super().get_fields() | {"import": job}


class UploadSerializer(serializers.Serializer[Any]):
    """An upload."""

    files = serializers.ListField(child=serializers.FileField())
    paths = serializers.ListField(child=serializers.CharField(), required=False)
    set = serializers.UUIDField(required=False, help_text="Add to this set; a new one is made without it.")


class PhotoPageSerializer(serializers.Serializer[Any]):
    """A page of photos."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PhotoSerializer(many=True)


class CategorySerializer(serializers.Serializer[Any]):
    """What can be changed about a photo."""

    category = Text(max_length=100, allow_blank=True)


class ChosenCategorySerializer(CategorySerializer):
    """The same for several photos."""

    photos = serializers.JSONField(required=False, help_text='A list of 1 to 10,000 ids, or "all".')
    filter = serializers.JSONField(required=False, help_text="The keys of the list of photos.")


class ChangedSerializer(serializers.Serializer[Any]):
    """How many photos were changed."""

    changed = serializers.IntegerField()


FILTER_PARAMETERS = [OpenApiParameter(name, OpenApiTypes.STR) for name in (*CONDITIONS, "cursor", "limit")]


class Photos(View):
    """The library."""

    def get_parsers(self) -> list[BaseParser]:
        """Uploads are read as they come; a change is JSON."""
        method = getattr(self.request, "method", "")  # the schema is made without a request
        return [StrictJSONParser() if method == "PATCH" else UploadParser()]

    @extend_schema(operation_id="photos_list", parameters=FILTER_PARAMETERS, responses=PhotoPageSerializer)
    def get(self, request: Request) -> Response:
        """Photos, newest first, that match the filter."""
        wanted = {name: request.query_params.get(name) for name in CONDITIONS}
        pages = NewestFirstPagination()
        rows: Any = pages.paginate_queryset(
            Photo.objects.visible_to(request.user).matching(wanted).values("id"), request
        )
        return pages.get_paginated_response(photos_json(Photo.objects.load([row["id"] for row in rows])))

    @extend_schema(
        operation_id="photos_upload",
        request={"multipart/form-data": UploadSerializer},
        responses={201: UploadedSerializer, 400: UploadedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Upload files. Each is accepted or rejected for itself, with a sentence."""
        data: Any = request.data
        files = files_in_upload(data)
        intake = Intake(request.user, find_set(request.user, data.get("set")))
        zipped = {index: file for index, file in enumerate(files) if is_zipped(file[0])}
        for index, (arrived, path) in enumerate(files):
            if index not in zipped:
                intake.take(arrived, path, index)
        return upload_response(intake, submit_archives(intake, zipped, door_of(request)))

    @extend_schema(operation_id="photos_change", request=ChosenCategorySerializer, responses=ChangedSerializer)
    def patch(self, request: Request) -> Response:
        """Put several photos into a category, chosen as for a job; no classifier changes it from then on."""
        form = CategorySerializer(data=self.body())
        form.is_valid(raise_exception=True)
        photos = selected_photos(select_photos(self.body(), request.user).spec)
        return Response({"changed": photos.correct(form.validated_data["category"])})


def is_zipped(arrived: IncomingFile) -> bool:
    """Whether the file is an archive, which a job imports."""
    return not arrived.too_large and archives.is_archive(arrived.name, arrived.path)


def submit_archives(intake: Intake, zipped: Mapping[int, tuple[IncomingFile, str]], door: str) -> Job | None:
    """Submit an import of these archives, by index; None if none can be read. Rejected ones are added to the intake."""
    listing, keep = imports.Listing(intake.owner), {}
    for index, (arrived, path) in zipped.items():
        name = names.display_name(arrived.name, "zip")
        try:
            listing.add_archive(arrived.path, names.display_folder(path, arrived.name))
            listing.names.append(name)
            keep[index] = arrived.path
        except Unreadable as error:
            intake.rejected.append(RejectedFile(name, str(error), is_retryable=isinstance(error, Busy), index=index))
    try:
        return imports.submit(listing, door=door, keep=list(keep.values())) if keep else None
    except Refused as refused:
        whole = zip(listing.names, keep, strict=True)
        intake.rejected += [RejectedFile(name, refused.sentence, index=index) for name, index in whole]
        return None


def files_in_upload(data: Any) -> list[tuple[IncomingFile, str]]:
    """The files of an upload, each with its path, which may be empty. Raises Refused."""
    files = data.getlist(FILES_FIELD) if data else []
    if not files:
        raise Refused("No files were sent.", {FILES_FIELD: "Send at least one file."})
    paths = data.getlist("paths") or [""] * len(files)
    if len(paths) != len(files):
        raise Refused("Send one path for each file.", {"paths": "Send one path for each file, in the same order."})
    return list(zip(files, paths, strict=True))


def find_set(user: Any, text: str | None) -> PhotoSet | None:
    """The set that an upload is added to; None for a new one. Raises Refused if the user has no such set."""
    if not text:
        return None
    uuid = as_uuid(text)
    found = PhotoSet.objects.filter(owner=user, uuid=uuid).first() if uuid else None
    if found is None:
        raise Refused("There is no such set.", {"set": "There is no such set."})
    return found


def upload_response(intake: Intake, job: Job | None = None) -> Response:
    """201 if a file was accepted or is being imported; else 400, or 413 if all were too large."""
    body: dict[str, Any] = {
        "photos": photos_json(map(mark_duplicate, intake.accepted)),
        "rejected": list(map(rejected_json, intake.rejected)),
    }
    if job:
        body["import"] = str(job.uuid)
    if intake.accepted or job:
        return Response(body, status=status.HTTP_201_CREATED)
    body["error"] = intake.rejected[0].error if len(intake.rejected) == 1 else "None of the files was accepted."
    if all(rejected.too_large for rejected in intake.rejected):
        return Response(body, status=status.HTTP_413_REQUEST_ENTITY_TOO_LARGE)
    return Response(body, status=status.HTTP_400_BAD_REQUEST)


def rejected_json(rejected: RejectedFile) -> dict[str, Any]:
    """A rejected file, as the contract has it; `again` only if it is true."""
    said: dict[str, Any] = {"name": rejected.name, "error": rejected.error, "index": rejected.index}
    return said | {"again": True} if rejected.is_retryable else said


def mark_duplicate(accepted: AcceptedFile) -> Photo:
    accepted.photo.duplicate = accepted.duplicate
    return accepted.photo


def photos_json(photos: Iterable[Photo]) -> Any:
    several: Any = list(photos)
    return PhotoSerializer(several, many=True).data


def get_photo(request: Request, photo_id: str) -> Photo:
    """The user's photo with that id. Raises Http404."""
    photo = Photo.objects.visible_to(request.user).with_id(photo_id)
    if photo is None:
        raise Http404
    return photo


class OnePhoto(View):
    """One photo."""

    @extend_schema(operation_id="photo_get", responses=PhotoSerializer)
    def get(self, request: Request, photo_id: str) -> Response:
        """What is known of a photo."""
        return Response(PhotoSerializer(get_photo(request, photo_id)).data)

    @extend_schema(operation_id="photo_change", request=CategorySerializer, responses=PhotoSerializer)
    def patch(self, request: Request, photo_id: str) -> Response:
        """Put a photo into a category; an empty one takes it out."""
        photo = get_photo(request, photo_id)
        form = CategorySerializer(data=self.body())
        form.is_valid(raise_exception=True)
        Photo.objects.filter(pk=photo.pk).correct(form.validated_data["category"])
        photo.refresh_from_db(fields=["category"])
        return Response(PhotoSerializer(photo).data)

    @extend_schema(operation_id="photo_delete", responses={204: None})
    def delete(self, request: Request, photo_id: str) -> Response:
        """Remove a photo from the library; outputs made of it stay."""
        Photo.objects.filter(pk=get_photo(request, photo_id).pk).remove()
        return Response(status=status.HTTP_204_NO_CONTENT)
