"""The library page, and the sample photos for who has none at hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from jobs.errors import Refused
from jobs.templatetags.formatting import quantity
from jobs.text import as_uuid
from photos.library.near_duplicates import find_near_duplicates
from photos.library.uploads import add_samples
from photos.models import Classification, Defaults, Photo, PhotoSet, PhotoText, filters
from photos.models.photo import PhotoQuerySet


class CategoryForm(forms.Form):
    """A category that a person types in."""

    category = forms.CharField(max_length=100, required=False)


PHOTOS_PER_PAGE = 100
MAX_SETS = 30
MAX_CATEGORIES = 200
SAMPLE_COUNT = 12
FILTER_LABELS = {
    "search": "Search",
    "path": "Folder",
    "set": "Added",
    "format": "Format",
    "category": "Category",
    "kind": "Kind",
    "taken_after": "Taken from",
    "taken_before": "Taken until",
}


@require_safe
@login_required
def library(request: HttpRequest) -> HttpResponse:
    """The contact sheet: what matches the filter, newest first."""
    sheet = LibraryPage(request.user, request.GET)
    try:
        sheet.check()
    except Refused as error:
        messages.error(request, error.sentence)
        return redirect("library")
    context = {
        "sheet": sheet,
        "formats": filters.FORMATS,
        "kinds": filters.KINDS,
        "sets": PhotoSet.objects.filter(owner_id=request.user.pk).order_by("-id")[:MAX_SETS],
        "max_upload_mb": settings.STOPBATH_MAX_UPLOAD_MB,
        "max_archive_mb": settings.STOPBATH_MAX_ARCHIVE_MB,
        "defaults": Defaults.for_user(request.user),
        "progress_opens": "window",
        "results_folder": settings.STOPBATH_RESULTS is not None,
    }
    part = "#cards" if request.htmx.target == "moreCards" else ""  # type: ignore[attr-defined]
    return render(request, f"index.html{part}", context)


@require_POST
@login_required
def samples(request: HttpRequest) -> HttpResponse:
    """Put sample photos into the library, so that there is something to try."""
    number = len(add_samples(request.user, SAMPLE_COUNT))
    messages.success(request, f"{number} sample photos are in your library. Process them as you like.")
    return redirect("library")


@require_safe
@login_required
def photo_page(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """One photo, whole, with what is known of it; its neighbours are those of the filter in the address."""
    mine = Photo.objects.visible_to(request.user)
    photo = get_object_or_404(mine.select_related("file", "set"), uuid=photo_id)
    sheet = LibraryPage(request.user, request.GET)
    try:
        sheet.check()
    except Refused as error:
        messages.error(request, error.sentence)
        return redirect("photo", photo_id)
    context = {
        "photo": photo,
        "sheet": sheet,
        "newer": sheet.matching.filter(pk__gt=photo.pk).order_by("pk").first(),
        "older": sheet.matching.filter(pk__lt=photo.pk).order_by("-pk").first(),
        "found": Classification.objects.filter(pk=photo.pk).first(),
        "text": PhotoText.objects.filter(pk=photo.pk).first(),
        "categories": mine.exclude(category="").order_by("category").values_list("category", flat=True).distinct(),
    }
    return render(request, "photos/photo.html", context)


@require_safe
@login_required
def similar(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """The part of a photo's page that is looked for when the page is there: what is nearly the same."""
    photo = get_object_or_404(Photo.objects.visible_to(request.user), uuid=photo_id)
    return render(request, "photos/_similar.html", {"alike": find_near_duplicates(photo)})


@require_POST
@login_required
def set_category(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Put a photo into a category; an empty one takes it out."""
    form = CategoryForm(request.POST)
    mine = Photo.objects.visible_to(request.user).filter(uuid=photo_id)
    if not form.is_valid():
        messages.error(request, str(form.errors["category"][0]))
    elif not mine.correct(form.cleaned_data["category"]):
        raise Http404
    return redirect(reverse("photo", args=[photo_id]) + LibraryPage(request.user, request.GET).query)


@require_POST
@login_required
def delete_several(request: HttpRequest) -> HttpResponse:
    """Take the chosen photos out of the library; what jobs made of them stays."""
    try:
        number = selected_photos(request).remove()
    except Refused as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, f"{quantity(number, 'photo')} {'was' if number == 1 else 'were'} deleted.")
    return redirect(reverse("library") + LibraryPage(request.user, request.GET).query)


def selected_photos(request: HttpRequest) -> PhotoQuerySet:
    """The photos that a form names by their ids, or all that match its filter. Raises Refused."""
    mine = Photo.objects.visible_to(request.user)
    if "all" in request.POST:
        return mine.matching(parse_filter(request.POST.get("filter", "")))
    ids = [uuid for uuid in map(as_uuid, request.POST.getlist("photos")) if uuid]
    if not ids:
        raise Refused("No photo is selected. Select some first.")
    return mine.filter(uuid__in=ids)


def parse_filter(text: str) -> Any:
    """What the text means as JSON; nothing for an empty one. Raises Refused, also for halves of characters."""
    try:
        value = json.loads(text or "{}")
        json.dumps(value, ensure_ascii=False).encode()
        return value
    except (ValueError, RecursionError) as error:
        raise Refused("The filter was not understood.") from error


@dataclass
class Chip:
    """A condition of a filter, as the page tells it."""

    label: str
    value: str
    without: str  # the address of the library without it
    moment: datetime | None = None  # what the value stands for, to be told in the reader's zone


@dataclass
class LibraryPage:
    """The photos that a person asked for, a page at a time."""

    user: Any
    query_params: Mapping[str, str]

    @cached_property
    def filter(self) -> dict[str, str]:
        """The filter as the API takes it; what is empty is left out."""
        return {name: self.query_params[name] for name in filters.CONDITIONS if self.query_params.get(name)}

    @property
    def query(self) -> str:
        """What an address ends in that keeps the filter; empty without one."""
        return f"?{urlencode(self.filter)}" if self.filter else ""

    def check(self) -> None:
        """Raises Refused for a filter that makes no sense."""
        filters.parse_conditions(self.filter)

    @property
    def chips(self) -> list[Chip]:
        """The conditions of the filter in words, each with the way to the library without it."""
        return [self.chip(name, value) for name, value in self.filter.items()]

    def chip(self, name: str, value: str) -> Chip:
        """One of them."""
        rest = urlencode({other: kept for other, kept in self.filter.items() if other != name})
        chip = Chip(FILTER_LABELS[name], value, f"{reverse('library')}?{rest}" if rest else reverse("library"))
        if name == "set":
            chip.moment = (
                PhotoSet.objects.filter(owner_id=self.user.pk, uuid=value).values_list("created_at", flat=True).first()
            )
            chip.value = f"{chip.moment:%Y-%m-%d %H:%M} UTC" if chip.moment else "a deleted set"
        elif name == "format":
            chip.value = value.upper()
        return chip

    @property
    def matching(self) -> PhotoQuerySet:
        """Everything that matches."""
        return Photo.objects.visible_to(self.user).matching(self.filter)

    @cached_property
    def total(self) -> int:
        """How many match; a page that is not full tells it without another look."""
        whole = len(self.keys) <= PHOTOS_PER_PAGE and not self.query_params.get("after")
        return len(self.keys) if whole else self.matching.count()

    @cached_property
    def categories(self) -> list[str]:
        """What the person's photos are put into, by name."""
        named = Photo.objects.visible_to(self.user).exclude(category="").order_by("category")
        return list(named.values_list("category", flat=True).distinct()[:MAX_CATEGORIES])

    @cached_property
    def is_empty(self) -> bool:
        """Whether there is nothing in the library at all."""
        return not self.total and not Photo.objects.visible_to(self.user).exists()

    @cached_property
    def keys(self) -> list[int]:
        """One more than a page holds, to know whether there are more."""
        photos = self.matching.order_by("-id")
        last = Photo.objects.visible_to(self.user).with_id(self.query_params.get("after"))
        if last is not None:
            photos = photos.filter(pk__lt=last.pk)
        return list(photos.values_list("id", flat=True)[: PHOTOS_PER_PAGE + 1])

    @cached_property
    def photos(self) -> list[Photo]:
        """The photos of this page."""
        return Photo.objects.load(self.keys[:PHOTOS_PER_PAGE])

    @property
    def more(self) -> str:
        """The query of the next page; empty on the last one."""
        if len(self.keys) <= PHOTOS_PER_PAGE or not self.photos:
            return ""
        return "?" + urlencode({**self.filter, "after": str(self.photos[-1].uuid)})
