"""Jobs, for the views of this API."""

from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from jobs.api.views import CancelSeveral
from jobs.models import Job
from jobs.text import as_uuid


def get_job(request: Request, job_id: str) -> Job:
    """The user's job with that id. Raises Http404."""
    uuid = as_uuid(job_id)
    job = Job.objects.visible_to(request.user).filter(uuid=uuid).first() if uuid else None
    if job is None:
        raise Http404
    return job


@extend_schema_view(post=extend_schema(operation_id="photos_batch_cancel"))
class CancelBatch(CancelSeveral):
    """Stop all jobs of the person, or those named, at the address that other photo apps have for it."""
