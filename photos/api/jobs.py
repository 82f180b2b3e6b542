"""The base of views of jobs, and the second address of a cancel."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from jobs.api.views import CancelSeveral, JobsView
from jobs.models import Job


class JobView(JobsView):
    """A view of one of the user's jobs."""

    queryset = Job.objects.all()  # without counts: phases are read when a download needs them, not when it begins


@extend_schema_view(post=extend_schema(operation_id="photos_batch_cancel"))
class CancelBatch(CancelSeveral):
    """Stop all jobs of the user, or those named, at the address that other photo apps have for it."""
