"""Download of all outputs of a job as one ZIP."""

from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request

from jobs.errors import Refused
from jobs.text import content_disposition
from photos.api.jobs import JobView
from photos.files import names
from photos.outputs.zip import stream_zip


class Results(JobView):
    """The outputs that a job has made so far, whatever its status."""

    @extend_schema(operation_id="job_results", responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, job_id: str) -> StreamingHttpResponse:
        """A ZIP with a manifest, streamed; folders are kept, equal names are numbered in the order of the files."""
        job = self.get_object()
        if not job.kind_object.makes_files:
            raise Refused("This kind of job makes no files.", status=404)
        return StreamingHttpResponse(
            stream_zip(job),
            content_type="application/zip",
            headers={
                "Content-Disposition": content_disposition(
                    f"{names.clean_part(job.title.replace('/', '-')) or 'results'}.zip"
                ),
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )
