"""Where the page of a job says that its results are."""

from django import template

from photos.kinds.delivery import job_folder

register = template.Library()
register.simple_tag(job_folder, name="results_folder_of")
