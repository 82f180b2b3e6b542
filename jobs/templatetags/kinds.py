"""What the kind of a job says of it, for templates."""

from django import template

from jobs.models import Job

register = template.Library()


@register.filter
def results_url(job: Job) -> str | None:
    """Where all files that the job made are downloaded at once; None where there is no such address."""
    return job.kind_object.results_url(job)


@register.filter
def delete_warning(job: Job) -> str:
    """What a person is told before the job is deleted."""
    return job.kind_object.delete_warning(job)
