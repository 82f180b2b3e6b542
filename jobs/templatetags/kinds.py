"""Filters for what only the kind of a job knows."""

from django import template

from jobs.models import Job

register = template.Library()


@register.filter
def results_url(job: Job) -> str | None:
    """The address at which all outputs of the job are downloaded at once; None for kinds without one."""
    return job.kind_object.results_url(job)


@register.filter
def delete_warning(job: Job) -> str:
    """The warning before the job is deleted."""
    return job.kind_object.delete_warning(job)
