"""The preview of steps on a photo."""

import json
from collections.abc import Iterable, Sequence

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request

from photos.api.files import decoding_refusal
from photos.api.photos import PhotosView
from photos.api.serializers import PreviewSerializer
from photos.imaging import pipeline
from photos.imaging.formats import Unreadable
from photos.imaging.operations import Step
from photos.library import decoding

NOTES_HEADER = "Stopbath-Notes"  # sentences, as JSON


class Preview(PhotosView):
    """A picture after steps, before a job is submitted."""

    serializer_class = PreviewSerializer

    @extend_schema(operation_id="preview", responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def post(self, request: Request) -> HttpResponse:
        """A photo, or one of its pages, after the steps: a JPEG of screen size, with warnings in a header."""
        sent = self.validate_body(PreviewSerializer)
        photo, steps = sent["photo"], sent["steps"]
        try:
            picture = decoding.render_preview(photo.file, steps, asked_by=request.user.pk, page=sent["page"])
        except Unreadable as error:
            raise decoding_refusal(error, status=400) from error
        return HttpResponse(
            picture,
            content_type="image/jpeg",
            headers={
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
                NOTES_HEADER: json.dumps(collect_warnings([photo.format, *sent["formats"]], steps)),
            },
        )


def collect_warnings(formats: Iterable[str], steps: Sequence[Step]) -> list[str]:
    """The warnings for files of these formats, each sentence once."""
    return list(dict.fromkeys(one for name in dict.fromkeys(formats) for one in pipeline.list_warnings(name, steps)))
