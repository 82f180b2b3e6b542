"""What Celery runs of the library: one call each."""

from celery import shared_task

from jobs.models import Job
from jobs.stop import Stop
from photos.kinds.delivery import write_about


@shared_task(name="photos.manifest")
def manifest(job_uuid: str) -> None:
    """Write the manifest of a job that has come to rest; one that goes on writes it in the end."""
    for job in Job.objects.filter(uuid=job_uuid):
        if not job.active:
            write_about(job, Stop())
