"""The folder of results, for the page of a job."""

from django import template

from photos.kinds.delivery import job_folder

register = template.Library()
register.simple_tag(job_folder, name="results_folder_of")
