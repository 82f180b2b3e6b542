"""The photos behind the items of a job page, fetched in one query for the whole page."""

from typing import Any

from django import template
from django.template import Context

from jobs.models import Item
from photos.models import Photo

register = template.Library()


@register.simple_tag(takes_context=True)
def photo_of(context: Context, item: Item) -> Photo | None:
    """The photo that an item was made from; None when it has been deleted since."""
    known: dict[int, Photo] | None = context.render_context.get("photos")
    if known is None:
        known = context.render_context["photos"] = photos_of(context["details"].items)
    return known.get(item.ref or 0)


def photos_of(lines: list[Any]) -> dict[int, Photo]:
    """The photos of all lines by their key."""
    refs = [line.item.ref for line in lines]
    return Photo.objects.in_bulk(refs)
