"""Names of formats and kinds, and the photos of a job's items, fetched with one query for the whole page."""

from typing import Any

from django import template
from django.template import Context

from jobs.models import Item
from photos.models import Photo

register = template.Library()
FORMAT_NAMES = {"webp": "WebP", "raw": "Camera raw"}
KINDS_NAMES = {"blank": "Blank pages"}


@register.filter
def format_name(name: str) -> str:
    """The usual spelling of a format: JPEG, WebP."""
    return FORMAT_NAMES.get(name, name.upper())


@register.filter
def kinds_name(kind: str) -> str:
    """The plural of a kind: Photos, Blank pages."""
    return KINDS_NAMES.get(kind, f"{kind.capitalize()}s")


@register.simple_tag(takes_context=True)
def photo_of(context: Context, item: Item) -> Photo | None:
    """The photo of an item; None if it was deleted. The first call reads the photos of the whole page."""
    page = context["details"]
    # On the page's object: the context of an included template is dropped before the next line includes it again.
    if "photos" not in page.shared:
        page.shared["photos"] = photos_by_key(page.items)
    photo: Photo | None = page.shared["photos"].get(item.ref or 0)
    return photo


def photos_by_key(lines: list[Any]) -> dict[int, Photo]:
    refs = [line.item.ref for line in lines]
    return Photo.objects.in_bulk(refs)
