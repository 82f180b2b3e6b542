"""The form of the settings page with the defaults of new jobs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from photos.models import Defaults, Recipe

LAST_STEPS_LABEL = "Steps used last"  # in place of a recipe


class DefaultsForm(forms.ModelForm):
    """A recipe that the user can see, and the optional phases."""

    class Meta:
        model = Defaults
        fields = ("recipe", "classify", "catalogue")

    def __init__(self, user: Any, data: Any = None) -> None:
        super().__init__(data, instance=Defaults.for_user(user))
        # Own recipes first; nulls_last, because the databases disagree about the place of NULL.
        recipes = Recipe.objects.visible_to(user).order_by(F("owner").asc(nulls_last=True), "name", "pk")
        self.fields["recipe"] = forms.ModelChoiceField(recipes, required=False, empty_label=LAST_STEPS_LABEL)


@require_POST
@login_required
def save(request: HttpRequest) -> HttpResponse:
    """Save the defaults of the user's new jobs."""
    form = DefaultsForm(request.user, request.POST)
    if form.is_valid():
        form.save()
        messages.success(request, "New jobs start with these settings from now on.")
    else:
        messages.error(request, "That recipe no longer exists. Choose another one.")
    return redirect("settings")
