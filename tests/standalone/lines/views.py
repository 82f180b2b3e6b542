"""What a job that counted lines has made."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from jobs.models import Job


@login_required
def total(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The sum as a text file."""
    job = get_object_or_404(Job.objects.visible_to(request.user), uuid=job_id)
    summed = job.items.filter(phase=1, result__isnull=False).first()
    if summed is None:
        raise Http404
    return HttpResponse(f"{summed.result['sum']}\n", content_type="text/plain")
