"""The preview of steps on a photo."""

import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from jobs.errors import Refused
from jobs.wording import quantity
from photos.api.bodies import View, decoding_refusal
from photos.api.photos import get_photo
from photos.imaging import pipeline
from photos.imaging.formats import FORMATS, Unreadable
from photos.imaging.operations import Step
from photos.kinds.serializers import StepSerializer
from photos.library import decoding
from photos.models import Photo
from photos.recipes import steps

NOTES_HEADER = "Stopbath-Notes"  # of a preview: sentences, as JSON


class PreviewSerializer(serializers.Serializer[Any]):
    """What to look at."""

    photo = serializers.CharField(help_text="A photo's id.")
    steps = StepSerializer(many=True)
    page = serializers.IntegerField(
        required=False, min_value=1, help_text="Of a PDF or TIFF; the first page by default."
    )
    formats = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Formats of the other photos of the selection."
    )


class Preview(View):
    """A look before a job starts."""

    @extend_schema(
        operation_id="preview", request=PreviewSerializer, responses={(200, "image/jpeg"): OpenApiTypes.BINARY}
    )
    def post(self, request: Request) -> HttpResponse:
        """What the steps make of a photo, or of one of its pages: a JPEG in screen size, with warnings in a header."""
        data = self.body()
        if "photo" not in data:
            raise Refused("Give the id of the photo to preview.", {"photo": "This is needed."})
        parsed = steps.check_steps(data.get("steps", []))
        files = Photo.objects.visible_to(request.user).files(steps.photo_ids(parsed))
        steps.require_own_photos(parsed, files)
        photo = get_photo(request, data["photo"])
        page = parse_page(data, photo.file.pages)
        try:
            made = steps.attach_photos(parsed, files)
            picture = decoding.render_preview(photo.file, made, asked_by=request.user.pk, page=page)
        except Unreadable as error:
            raise decoding_refusal(error, status=400) from error
        response = HttpResponse(picture, content_type="image/jpeg")
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers[NOTES_HEADER] = json.dumps(collect_warnings([photo.format, *parse_formats(data)], parsed))
        return response


def parse_page(data: dict[str, Any], pages: int) -> int:
    """The page that the body asks for, from 1. Raises Refused."""
    page = data.get("page", 1)
    if not isinstance(page, int) or isinstance(page, bool) or not 1 <= page <= pages:
        sentence = f"This file has {quantity(pages, 'page')}: page must be a whole number from 1 to {pages}."
        raise Refused(sentence, {"page": sentence})
    return page


def parse_formats(data: dict[str, Any]) -> list[str]:
    """The formats that the body names; unknown ones are left out."""
    named = data.get("formats", [])
    return [name for name in named if isinstance(name, str) and name in FORMATS] if isinstance(named, list) else []


def collect_warnings(formats: Iterable[str], parsed: list[Step]) -> list[str]:
    """The warnings for files of these formats, each sentence once."""
    return list(dict.fromkeys(one for name in dict.fromkeys(formats) for one in pipeline.list_warnings(name, parsed)))
