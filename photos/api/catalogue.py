"""The catalogue of a job, as a file to keep."""

from django.http import FileResponse, Http404
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework.request import Request

from jobs import states
from jobs.errors import Refused
from jobs.models import Job, JobPhase
from jobs.text import content_disposition
from photos.api.bodies import View
from photos.api.jobs import job_of
from photos.catalogue.pieces import NAME
from photos.files import names, storage

TYPES = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
EXTENSION = OpenApiParameter("extension", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(TYPES))
WORDS = {
    states.CANCELLED: "The job was cancelled before its catalogue was made: resume it to have one.",
    states.FAILED: "The job failed before its catalogue was made.",
    states.COMPLETED: "The catalogue could not be made: the job's page says why, and can retry it.",
}
NOT_YET = "The catalogue is not made yet."


class Catalogue(View):
    """A contact sheet or a manifest."""

    @extend_schema(
        operation_id="job_catalogue",
        parameters=[EXTENSION],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, job_id: str, extension: str) -> FileResponse:
        """The contact sheet as HTML or PDF, the manifest as CSV or JSON; 409 while there is none."""
        job = job_of(request, job_id)
        phase = next((phase for phase in job.phase_rows if phase.name == NAME), None)
        if extension not in TYPES or phase is None:
            raise Http404
        name = f"{names.shown(job.title.replace('/', '-')) or NAME}.{extension}"
        try:
            file = storage.output(f"{folder_of(job, phase)}/{NAME}.{extension}").open("rb")
        except FileNotFoundError as gone:
            raise Http404 from gone
        response = FileResponse(file, content_type=TYPES[extension])
        response["Content-Disposition"] = content_disposition(name)
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response


def folder_of(job: Job, phase: JobPhase) -> str:
    """Where the files of the catalogue are. Raises Refused (409) when there are none."""
    whole = job.items.filter(phase=phase.number, position=phase.total, status=states.SUCCEEDED).first()
    if whole is None or not whole.result:
        raise Refused(WORDS.get(job.status, NOT_YET), status=409)
    return str(whole.result["catalogue"])
