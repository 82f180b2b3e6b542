"""The settings page."""

import shutil

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.models import Job, Worker
from photos.classification import weights
from photos.classification.groups import GROUPS
from photos.kinds.reading import ocr_languages
from photos.models import Photo
from photos.web.defaults import DefaultsForm
from project.accounts.models import MAX_TOKEN_NAME_CHARACTERS, Token


@never_cache  # it shows the key of a new token, once
@require_safe
@login_required
def settings_page(request: HttpRequest) -> HttpResponse:
    """The settings page: cancel all jobs, defaults, API tokens, used storage, live workers."""
    mine = Photo.objects.visible_to(request.user)
    context = {
        "active_count": Job.objects.visible_to(request.user).active().count(),
        "new_token": request.session.pop("new_token", None),
        "defaults": DefaultsForm(request.user),
        "max_token_name_characters": MAX_TOKEN_NAME_CHARACTERS,
        "tokens": Token.objects.filter(owner=request.user.pk).order_by("-id"),
        "storage": mine.aggregate(photos=Count("pk"), bytes=Sum("file__size")),
        "disk": shutil.disk_usage(settings.STOPBATH_STORAGE),
        "workers": Worker.objects.alive().order_by("name"),
        "processes": Worker.objects.processes(),
        "beat": Worker.is_beat_alive(),
        "category_count": len(GROUPS),
        "tags_installed": weights.installed_path() is not None,
        "ocr_missing": ocr_languages().missing,
        "vision_model": settings.STOPBATH_VISION_MODEL,
    }
    return render(request, "settings.html", context)
