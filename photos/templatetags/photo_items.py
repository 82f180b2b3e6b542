"""What templates say of photos; the photos behind the items of a job page, fetched in one query for the whole page."""

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
    """A format as people write it: JPEG, WebP."""
    return FORMAT_NAMES.get(name, name.upper())


@register.filter
def kinds_name(kind: str) -> str:
    """All pictures of a kind: Photos, Blank pages."""
    return KINDS_NAMES.get(kind, f"{kind.capitalize()}s")


@register.simple_tag(takes_context=True)
def photo_of(context: Context, item: Item) -> Photo | None:
    """The photo that an item was made from; None when it has been deleted since."""
    page = context["details"]
    # On the page's object: what an included template keeps of its own is gone when the next line includes it again.
    if "photos" not in page.shared:
        page.shared["photos"] = photos_by_key(page.items)
    found: Photo | None = page.shared["photos"].get(item.ref or 0)
    return found


def photos_by_key(lines: list[Any]) -> dict[int, Photo]:
    """The photos of all lines by their key."""
    refs = [line.item.ref for line in lines]
    return Photo.objects.in_bulk(refs)
