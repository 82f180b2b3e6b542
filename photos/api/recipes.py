"""Operations, recipes, and the preview of steps."""

import json
from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.paging import NewestFirstPagination
from jobs.errors import Refused
from jobs.wording import quantity
from photos.api.bodies import View, decoding_refusal
from photos.api.photos import get_photo
from photos.imaging import pipeline
from photos.imaging.formats import FORMATS, Unreadable
from photos.imaging.operations import Step, all_operations
from photos.library import decoding
from photos.models import Photo, Recipe
from photos.recipes import steps

NOTES_HEADER = "Stopbath-Notes"  # of a preview: sentences, as JSON


class StepSerializer(serializers.Serializer[Any]):
    """One step; its options are checked by its operation."""

    operation = serializers.CharField()
    options = serializers.DictField(required=False)


class RecipeSerializer(serializers.Serializer[Recipe]):
    """A recipe as the API tells it."""

    id = serializers.UUIDField(source="uuid", read_only=True)
    name = serializers.CharField(max_length=100)
    steps = StepSerializer(many=True)
    built_in = serializers.BooleanField(read_only=True)


class RecipePageSerializer(serializers.Serializer[Any]):
    """A page of recipes."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = RecipeSerializer(many=True)


class OperationSerializer(serializers.Serializer[Any]):
    """An operation and the JSON Schema of its options."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()
    options = serializers.DictField()


class OperationsSerializer(serializers.Serializer[Any]):
    """All operations."""

    operations = OperationSerializer(many=True)


class PreviewSerializer(serializers.Serializer[Any]):
    """What to look at."""

    photo = serializers.CharField(help_text="A photo's id.")
    steps = StepSerializer(many=True)
    page = serializers.IntegerField(
        required=False, min_value=1, help_text="Of a PDF or TIFF; the first page by default."
    )
    formats = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Formats of the other photos of the selection."
    )


def recipe_json(recipe: Recipe) -> dict[str, Any]:
    """A recipe as the contract has it."""
    return {"id": str(recipe.uuid), "name": recipe.name, "steps": recipe.steps, "built_in": recipe.built_in}


class Operations(View):
    """What can be done to a file."""

    @extend_schema(operation_id="operations", responses=OperationsSerializer)
    def get(self, request: Request) -> Response:
        """Every operation with its options."""
        return Response({"operations": [one.describe() for one in all_operations()]})


class Recipes(View):
    """Saved lists of steps."""

    @extend_schema(operation_id="recipes_list", responses=RecipePageSerializer)
    def get(self, request: Request) -> Response:
        """The person's recipes, newest first."""
        pages = NewestFirstPagination()
        recipes = pages.paginate_queryset(Recipe.objects.visible_to(request.user), request) or []
        return pages.get_paginated_response([recipe_json(recipe) for recipe in recipes])

    @extend_schema(operation_id="recipe_create", request=RecipeSerializer, responses={201: RecipeSerializer})
    def post(self, request: Request) -> Response:
        """Save a recipe."""
        data = self.body()
        recipe = Recipe.keep(request.user, data.get("name"), data.get("steps"))
        return Response(recipe_json(recipe), status=status.HTTP_201_CREATED)


class OneRecipe(View):
    """One recipe."""

    @extend_schema(operation_id="recipe_get", responses=RecipeSerializer)
    def get(self, request: Request, recipe_id: str) -> Response:
        """The recipe."""
        return Response(recipe_json(get_recipe(request, recipe_id)))

    @extend_schema(operation_id="recipe_replace", request=RecipeSerializer, responses=RecipeSerializer)
    def put(self, request: Request, recipe_id: str) -> Response:
        """Replace name and steps; jobs that ran with the recipe keep what they had."""
        recipe = get_own_recipe(request, recipe_id)
        data = self.body()
        recipe.replace(data.get("name"), data.get("steps"))
        return Response(recipe_json(recipe))

    @extend_schema(operation_id="recipe_delete", responses={204: None})
    def delete(self, request: Request, recipe_id: str) -> Response:
        """Forget the recipe."""
        get_own_recipe(request, recipe_id).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class Preview(View):
    """A look before a job starts."""

    @extend_schema(
        operation_id="preview", request=PreviewSerializer, responses={(200, "image/jpeg"): OpenApiTypes.BINARY}
    )
    def post(self, request: Request) -> HttpResponse:
        """What the steps make of a photo, or of one of its pages: a JPEG in screen size, with warnings in a header."""
        data = self.body()
        if "photo" not in data:
            raise Refused("Give the id of the photo to preview.", {"photo": "This is needed."})
        parsed = steps.check_steps(data.get("steps", []))
        files = Photo.objects.visible_to(request.user).files(steps.photo_ids(parsed))
        steps.require_own_photos(parsed, files)
        photo = get_photo(request, data["photo"])
        page = parse_page(data, photo.file.pages)
        try:
            made = steps.attach_photos(parsed, files)
            picture = decoding.render_preview(photo.file, made, asked_by=request.user.pk, page=page)
        except Unreadable as error:
            raise decoding_refusal(error, status=400) from error
        response = HttpResponse(picture, content_type="image/jpeg")
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers[NOTES_HEADER] = json.dumps(collect_warnings([photo.format, *parse_formats(data)], parsed))
        return response


def parse_page(data: dict[str, Any], pages: int) -> int:
    """The page that the body asks for, from 1. Raises Refused."""
    page = data.get("page", 1)
    if not isinstance(page, int) or isinstance(page, bool) or not 1 <= page <= pages:
        sentence = f"This file has {quantity(pages, 'page')}: page must be a whole number from 1 to {pages}."
        raise Refused(sentence, {"page": sentence})
    return page


def parse_formats(data: dict[str, Any]) -> list[str]:
    """The formats that the body names; unknown ones are left out."""
    named = data.get("formats", [])
    return [name for name in named if isinstance(name, str) and name in FORMATS] if isinstance(named, list) else []


def collect_warnings(formats: Iterable[str], parsed: list[Step]) -> list[str]:
    """The warnings for files of these formats, each sentence once."""
    return list(dict.fromkeys(one for name in dict.fromkeys(formats) for one in pipeline.list_warnings(name, parsed)))


def get_recipe(request: Request, recipe_id: str) -> Recipe:
    """The recipe with that id that the user can see. Raises Http404."""
    recipe = Recipe.objects.visible_to(request.user).with_id(recipe_id)
    if recipe is None:
        raise Http404
    return recipe


def get_own_recipe(request: Request, recipe_id: str) -> Recipe:
    """The recipe with that id that the user can change. Raises Http404, or Refused (409) for a built-in one."""
    recipe = get_recipe(request, recipe_id)
    if recipe.built_in:
        raise Refused("A built-in recipe cannot be changed: save a copy under another name.", status=409)
    return recipe
