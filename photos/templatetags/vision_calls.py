"""The calls to a vision model, for the page of a job."""

from django import template

from photos.models.vision import count_calls

register = template.Library()
register.simple_tag(count_calls, name="vision_calls_of")
