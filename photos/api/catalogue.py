"""Download of a job's catalogue."""

from django.http import FileResponse, Http404
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework.request import Request

from jobs import states
from jobs.errors import Refused
from jobs.models import Job, JobPhase
from jobs.text import CSV_CONTENT_TYPE, content_disposition
from photos.api.jobs import JobView
from photos.catalogue.pieces import PHASE_NAME
from photos.files import names, storage

CONTENT_TYPES = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "csv": CSV_CONTENT_TYPE,
    "json": "application/json",
}
EXTENSION_PARAMETER = OpenApiParameter("extension", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(CONTENT_TYPES))
MISSING_REASONS = {
    states.CANCELLED: "The job was cancelled before its catalogue was made: resume it to have one.",
    states.FAILED: "The job failed before its catalogue was made.",
    states.COMPLETED: "The catalogue could not be made: the job's page says why, and can retry it.",
}
NOT_YET = "The catalogue is not made yet."


class Catalogue(JobView):
    """A contact sheet or a manifest of a job."""

    @extend_schema(
        operation_id="job_catalogue",
        parameters=[EXTENSION_PARAMETER],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, job_id: str, extension: str) -> FileResponse:
        """The contact sheet as HTML or PDF, the manifest as CSV or JSON; 409 while there is none."""
        job = self.get_object()
        phase = next((phase for phase in job.phase_rows if phase.name == PHASE_NAME), None)
        if extension not in CONTENT_TYPES or phase is None:
            raise Http404
        name = f"{names.clean_part(job.title.replace('/', '-')) or PHASE_NAME}.{extension}"
        try:
            file = storage.output(f"{catalogue_folder(job, phase)}/{PHASE_NAME}.{extension}").open("rb")
        except FileNotFoundError as gone:
            raise Http404 from gone
        response = FileResponse(file, content_type=CONTENT_TYPES[extension])
        response["Content-Disposition"] = content_disposition(name)
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response


def catalogue_folder(job: Job, phase: JobPhase) -> str:
    """The folder of the catalogue in the storage. Raises Refused (409) while there is none."""
    assembly = job.items.filter(phase=phase.number, position=phase.total, status=states.SUCCEEDED).first()
    if assembly is None or not assembly.result:
        raise Refused(MISSING_REASONS.get(job.status, NOT_YET), status=409)
    return str(assembly.result["catalogue"])
