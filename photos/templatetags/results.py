"""Where the page of a job says that its results are."""

from django import template

from photos.kinds.delivery import folder_of

register = template.Library()
register.simple_tag(folder_of, name="results_folder_of")
