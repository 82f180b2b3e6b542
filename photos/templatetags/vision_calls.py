"""What a job's page says of its calls to a vision model."""

from django import template

from photos.models.vision import count_calls

register = template.Library()
register.simple_tag(count_calls, name="vision_calls_of")
