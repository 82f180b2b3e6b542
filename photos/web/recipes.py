"""The page of recipes, and its forms: download, add, rename, delete."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from jobs.errors import Refused
from jobs.text import content_disposition
from photos.models import Recipe
from photos.web.limits import MAX_CHARACTERS

MAX_FILE_BYTES = 1_000_000


@require_safe
@login_required
def recipes(request: HttpRequest) -> HttpResponse:
    """The user's recipes and the built-in ones, newest first."""
    context = {
        "max_characters": MAX_CHARACTERS,
        "recipes": Recipe.objects.visible_to(request.user).order_by("-id"),
        "section": "recipes",
    }
    return render(request, "photos/recipes.html", context)


@require_safe
@login_required
def download(request: HttpRequest, recipe_id: UUID) -> HttpResponse:
    """A recipe as a file that another user can add."""
    recipe = get_object_or_404(Recipe.objects.visible_to(request.user), uuid=recipe_id)
    text = json.dumps({"name": recipe.name, "steps": recipe.steps}, indent=2, ensure_ascii=False)
    name = content_disposition(f"{recipe.name}.json")
    return HttpResponse(text + "\n", content_type="application/json", headers={"Content-Disposition": name})


@require_POST
@login_required
def add(request: HttpRequest) -> HttpResponse:
    """Add the recipe in an uploaded file."""
    try:
        data = read_recipe_file(request)
        recipe = Recipe.keep(request.user, data.get("name"), data.get("steps"))
    except Refused as error:
        messages.error(request, f"The recipe was not added: {error.sentence}")
    else:
        messages.success(request, f"“{recipe.name}” was added.")
    return redirect("recipes")


@require_POST
@login_required
def rename(request: HttpRequest, recipe_id: UUID) -> HttpResponse:
    """Rename one of the user's own recipes."""
    recipe = get_own_recipe(request, recipe_id)
    try:
        recipe.replace(request.POST.get("name"), recipe.steps)
    except Refused as error:
        messages.error(request, error.sentence)
    return redirect("recipes")


@require_POST
@login_required
def delete(request: HttpRequest, recipe_id: UUID) -> HttpResponse:
    """Delete one of the user's own recipes; jobs keep their steps."""
    recipe = get_own_recipe(request, recipe_id)
    recipe.delete()
    messages.success(request, f"“{recipe.name}” was deleted.")
    return redirect("recipes")


def get_own_recipe(request: HttpRequest, recipe_id: UUID) -> Recipe:
    """The recipe with that id if the user can change it. Raises Http404."""
    return get_object_or_404(Recipe, uuid=recipe_id, owner_id=request.user.pk)


def read_recipe_file(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the uploaded file. Raises Refused."""
    file = request.FILES.get("recipe")
    if file is None:
        raise Refused("Choose a file first.")
    if (file.size or 0) > MAX_FILE_BYTES:
        raise Refused("The file is too large to be a recipe.")
    try:
        data = json.loads(file.read())
    except (ValueError, RecursionError) as error:
        raise Refused("The file is not JSON.") from error
    if not isinstance(data, dict):
        raise Refused("The file holds no recipe.")
    return data
