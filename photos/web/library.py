"""The pages of the library and of a photo, and the form that adds sample photos."""

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
from jobs.text import as_uuid
from jobs.wording import done_to, none_selected
from photos.files import names, upload_limit
from photos.library.near_duplicates import find_near_duplicates
from photos.library.uploads import add_samples
from photos.models import Classification, Defaults, Photo, PhotoSet, PhotoText, filters
from photos.models.photo import PhotoQuerySet
from photos.web.defaults import LAST_STEPS_LABEL
from photos.web.limits import MAX_CHARACTERS


class CategoryForm(forms.Form):
    """The category that a user enters for a photo; empty for none."""

    category = forms.CharField(max_length=MAX_CHARACTERS["category"], required=False)


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
    """The library page: photos that match the filter, newest first."""
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
        "max_characters": MAX_CHARACTERS,
        "file_limit": upload_limit.file_limit(),
        "archive_limit": upload_limit.archive_limit(),
        "archive_extension": names.ARCHIVE_EXTENSION,
        "last_steps_label": LAST_STEPS_LABEL,
        "defaults": Defaults.for_user(request.user),
        "progress_opens": "window",
        "results_folder": settings.STOPBATH_RESULTS is not None,
    }
    part = "#cards" if request.htmx.target == "moreCards" else ""  # type: ignore[attr-defined]
    return render(request, f"index.html{part}", context)


@require_POST
@login_required
def samples(request: HttpRequest) -> HttpResponse:
    """Add sample photos to the library."""
    number = len(add_samples(request.user, SAMPLE_COUNT))
    messages.success(request, f"{number} sample photos are in your library. Process them as you like.")
    return redirect("library")


@require_safe
@login_required
def photo_page(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """The page of a photo; next and previous photos are those that match the filter in the query string."""
    mine = Photo.objects.visible_to(request.user)
    photo = get_object_or_404(mine.select_related("file", "set"), uuid=photo_id)
    sheet = LibraryPage(request.user, request.GET)
    try:
        sheet.check()
    except Refused as error:
        messages.error(request, error.sentence)
        return redirect("photo", photo_id)
    context = {
        "max_characters": MAX_CHARACTERS,
        "photo": photo,
        "sheet": sheet,
        "newer": sheet.matching.filter(pk__gt=photo.pk).order_by("pk").first(),
        "older": sheet.matching.filter(pk__lt=photo.pk).order_by("-pk").first(),
        "classification": Classification.objects.filter(pk=photo.pk).first(),
        "text": PhotoText.objects.filter(pk=photo.pk).first(),
        "categories": mine.exclude(category="").order_by("category").values_list("category", flat=True).distinct(),
    }
    return render(request, "photos/photo.html", context)


@require_safe
@login_required
def similar(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """The near-duplicates of a photo: a fragment that its page loads later."""
    photo = get_object_or_404(Photo.objects.visible_to(request.user), uuid=photo_id)
    return render(request, "photos/_similar.html", {"alike": find_near_duplicates(photo)})


@require_POST
@login_required
def set_category(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Correct the category of a photo; an empty category means none."""
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
    """Delete the selected photos; outputs of jobs stay."""
    try:
        number = selected_photos(request).remove()
    except Refused as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, f"{done_to(number, 'photo', 'deleted')}.")
    return redirect(reverse("library") + LibraryPage(request.user, request.GET).query)


def selected_photos(request: HttpRequest) -> PhotoQuerySet:
    """The photos that a form names by id, or all that match its filter. Raises Refused."""
    mine = Photo.objects.visible_to(request.user)
    if "all" in request.POST:
        return mine.matching(parse_filter(request.POST.get("filter", "")))
    ids = [uuid for uuid in map(as_uuid, request.POST.getlist("photos")) if uuid]
    if not ids:
        raise Refused(none_selected("photo"))
    return mine.filter(uuid__in=ids)


def parse_filter(text: str) -> Any:
    """The filter in a JSON text; an empty filter for an empty text. Raises Refused, also for half a surrogate pair."""
    try:
        value = json.loads(text or "{}")
        json.dumps(value, ensure_ascii=False).encode()
        return value
    except (ValueError, RecursionError) as error:
        raise Refused("The filter was not understood.") from error


@dataclass
class Chip:
    """A condition of the filter, as the page shows it."""

    label: str
    value: str
    without: str  # the address of the library without the condition
    moment: datetime | None = None  # the time that the value stands for: shown in the browser's zone


@dataclass
class LibraryPage:
    """A page of the user's photos that match a filter."""

    user: Any
    query_params: Mapping[str, str]

    @cached_property
    def filter(self) -> dict[str, str]:
        """The conditions of the filter that have a value, as the API takes them."""
        return {name: self.query_params[name] for name in filters.CONDITIONS if self.query_params.get(name)}

    @property
    def query(self) -> str:
        """The query string of the filter; empty without one."""
        return f"?{urlencode(self.filter)}" if self.filter else ""

    def check(self) -> None:
        """Raise Refused for an invalid filter."""
        filters.parse_conditions(self.filter)

    @property
    def chips(self) -> list[Chip]:
        """The conditions of the filter, each with the address of the library without it."""
        return [self.chip(name, value) for name, value in self.filter.items()]

    def chip(self, name: str, value: str) -> Chip:
        rest = urlencode({other: other_value for other, other_value in self.filter.items() if other != name})
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
        """All photos that match."""
        return Photo.objects.visible_to(self.user).matching(self.filter)

    @cached_property
    def total(self) -> int:
        """How many photos match; counted only if they do not fit on one page."""
        fits_one_page = len(self.keys) <= PHOTOS_PER_PAGE and not self.query_params.get("after")
        return len(self.keys) if fits_one_page else self.matching.count()

    @cached_property
    def categories(self) -> list[str]:
        """The categories of the user's photos, by name."""
        photos = Photo.objects.visible_to(self.user).exclude(category="").order_by("category")
        return list(photos.values_list("category", flat=True).distinct()[:MAX_CATEGORIES])

    @cached_property
    def is_empty(self) -> bool:
        """Whether the user has no photos at all."""
        return not self.total and not Photo.objects.visible_to(self.user).exists()

    @cached_property
    def keys(self) -> list[int]:
        """The primary keys of the page's photos, and one more if there is a next page."""
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
        """The query string of the next page; empty on the last one."""
        if len(self.keys) <= PHOTOS_PER_PAGE or not self.photos:
            return ""
        return "?" + urlencode({**self.filter, "after": str(self.photos[-1].uuid)})
