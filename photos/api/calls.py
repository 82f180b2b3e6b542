"""The calls of a job to a vision model, and how many a cancel saved."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from photos.api.bodies import View
from photos.api.jobs import get_job
from photos.models.vision import count_calls


class CallsSerializer(serializers.Serializer[Any]):
    """Calls by what became of them; tokens where the server told."""

    finished = serializers.IntegerField()
    aborted = serializers.IntegerField()
    failed = serializers.IntegerField()
    under_way = serializers.IntegerField()
    never_sent = serializers.IntegerField(help_text="Files without a call.")
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()


class VisionCalls(View):
    """The calls of one job."""

    @extend_schema(operation_id="job_vision_calls", responses=CallsSerializer)
    def get(self, request: Request, job_id: str) -> Response:
        """How many there were; 404 for a job that asks no vision model."""
        calls = count_calls(get_job(request, job_id))
        if calls is None:
            raise Http404
        return Response(calls)
