"""Files of photos and outputs: originals, thumbnails, pictures of screen size."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request

from jobs.api.views import get_item
from jobs.errors import Refused
from jobs.models import Item
from jobs.text import content_disposition
from photos.api.jobs import JobView
from photos.api.photos import PhotosView
from photos.imaging.formats import MIME_TYPES, Unreadable
from photos.imaging.preview import SCREEN_EDGE_PIXELS
from photos.imaging.sandbox import Busy
from photos.library import decoding
from photos.models import Photo

# The bytes behind an id never change; private, because another user of the same browser must not see them.
CACHE_CONTROL = "private, max-age=31536000, immutable"
RETRY_SECONDS = 2  # Retry-After of a server that is too busy


class Original(PhotosView):
    """The file as it was uploaded."""

    @extend_schema(operation_id="photo_original", responses={(200, "image/*"): OpenApiTypes.BINARY})
    def get(self, request: Request, photo_id: str) -> HttpResponseBase:
        """Download the original."""
        photo = self.get_object()
        return file_response(request, photo.file.path, photo.file.sha256, MIME_TYPES[photo.format], photo.name)


class Thumbnail(PhotosView):
    """A small JPEG of a photo."""

    @extend_schema(operation_id="photo_thumbnail", responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def get(self, request: Request, photo_id: str) -> HttpResponseBase:
        """The thumbnail, made when first asked for."""
        photo = self.get_object()
        path = require_thumbnail(lambda: decoding.ensure_thumbnail(photo.file))
        return file_response(request, path, f"{photo.file.sha256}-thumbnail", "image/jpeg")


class OutputThumbnail(JobView):
    """A small JPEG of an output."""

    @extend_schema(operation_id="output_thumbnail", responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def get(self, request: Request, job_id: str, position: str) -> HttpResponseBase:
        """The thumbnail, made when first asked for; 404 when there is no output, or none can be made of it."""
        item = get_item(self.get_object(), position, Item.objects.filter(result__isnull=False))
        try:
            output, _, _ = item.job.kind_object.open_output(item)
        except FileNotFoundError as gone:
            raise Http404 from gone
        path = require_thumbnail(lambda: decoding.ensure_output_thumbnail(output, asked_by=request.user.pk))
        return file_response(request, path, f"{output.name}-thumbnail", "image/jpeg")


class Screen(PhotosView):
    """A photo in the size of a screen."""

    @extend_schema(
        operation_id="photo_screen",
        description=f"An upright JPEG of at most {SCREEN_EDGE_PIXELS:,} pixels a side, made for each request: browsers"
        " keep it.",
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, photo_id: str) -> HttpResponseBase:
        """An upright JPEG, made for each request: browsers keep it."""
        photo = self.get_object()
        return cacheable_response(
            request, f"{photo.file.sha256}-screen", partial(screen_response, photo, request.user.pk)
        )


def decoding_refusal(error: Unreadable, status: int) -> Refused:
    """The refusal of a file that cannot be shown; 503 if the server is only too busy."""
    if isinstance(error, Busy):
        return Refused(str(error), status=503, retry_after=RETRY_SECONDS)
    return Refused(str(error), status=status)


def screen_response(photo: Photo, asked_by: int | None) -> HttpResponse:
    """A picture of screen size. Raises Refused (404) if the file cannot be decoded."""
    try:
        return HttpResponse(decoding.render_screen(photo.file, asked_by=asked_by), content_type="image/jpeg")
    except Unreadable as error:
        raise decoding_refusal(error, status=404) from error


def require_thumbnail(make: Callable[[], Path | None]) -> Path:
    """The path of a thumbnail. Raises Refused: 404 if none can be made, 503 if the server is too busy."""
    try:
        path = make()
    except Busy as busy:
        raise decoding_refusal(busy, status=503) from busy
    if path is None:
        raise Refused("No thumbnail can be made of this file.", status=404)
    return path


def cacheable_response(request: Request, tag: str, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """A response that browsers keep; 304 without calling `make` if the browser has it."""
    etag = quote_etag(tag)
    response = get_conditional_response(request, etag=etag) or make()
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def file_response(request: Request, path: Path, tag: str, content_type: str, name: str = "") -> HttpResponseBase:
    """A file, as a download if it has a name; 304 if the browser has it. Raises Refused (404)."""
    return cacheable_response(request, tag, partial(stream_file, path, content_type, name))


def stream_file(path: Path, content_type: str, name: str) -> FileResponse:
    try:
        response = FileResponse(path.open("rb"), content_type=content_type)
    except FileNotFoundError as error:
        raise Refused("The file is missing from the storage.", status=404) from error
    if name:
        response.headers["Content-Disposition"] = content_disposition(name)
    return response
