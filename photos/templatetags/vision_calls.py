"""What a job's page says of its calls to a vision model."""

from django import template

from photos.models.vision import calls_of

register = template.Library()
register.simple_tag(calls_of, name="vision_calls_of")
