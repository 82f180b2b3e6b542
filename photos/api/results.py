"""Everything that a job made, as one ZIP."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request
from zipstream import ZipStream

from jobs import states
from jobs.errors import Refused
from jobs.models import Job
from jobs.text import disposition
from photos import names, store
from photos.api.bodies import View
from photos.api.jobs import job_of

AT_ONCE = 200


class Results(View):
    """The outputs of a job, also of one that runs, was cancelled or failed: what there is so far."""

    @extend_schema(operation_id="job_results", responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, job_id: str) -> StreamingHttpResponse:
        """A ZIP, streamed; folders are kept, and names that meet are numbered in the order of the files."""
        job = job_of(request, job_id)
        if not job.kind_object.makes_files:
            raise Refused("This kind of job makes no files.", status=404)
        return StreamingHttpResponse(
            zipped(job),
            content_type="application/zip",
            headers={
                "Content-Disposition": disposition(f"{names.shown(job.title.replace('/', '-')) or 'results'}.zip"),
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )


def zipped(job: Job) -> Iterator[bytes]:
    """The bytes of the ZIP, made while they are sent. Pictures are stored as they are: they are compressed already."""
    archive, unique = ZipStream(), names.Unique()
    for result in results(job):
        path = store.output(result["file"])
        if path.exists():
            folder = result.get("path", "")
            archive.add_path(path, unique(f"{folder}/{result['name']}" if folder else result["name"]))
            yield from archive.all_files()
    yield from archive.finalize()


def results(job: Job) -> Iterator[dict[str, str]]:
    """What is kept of each output, by the position of its file."""
    last = 0
    made = job.items.first_phase().filter(status=states.SUCCEEDED, result__isnull=False).order_by("position")
    # Piece by piece: a cursor held open for a long download would hold a transaction open on PostgreSQL.
    while rows := list(made.filter(position__gt=last).values_list("position", "result")[:AT_ONCE]):
        yield from (result for _, result in rows if result and "file" in result)
        last = rows[-1][0]
