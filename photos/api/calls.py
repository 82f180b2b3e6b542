"""The calls of a job to a vision model, and how many a cancel saved."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from photos.api.jobs import JobView
from photos.api.serializers import VisionCallsSerializer
from photos.models.vision import count_calls


class VisionCalls(JobView):
    """The calls of one job."""

    serializer_class = VisionCallsSerializer

    @extend_schema(operation_id="job_vision_calls")
    def get(self, request: Request, job_id: str) -> Response:
        """The numbers of calls and tokens; 404 for a job without a vision model."""
        calls = count_calls(self.get_object())
        if calls is None:
            raise Http404
        return Response(self.get_serializer(calls).data)
