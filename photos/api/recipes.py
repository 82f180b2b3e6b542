"""Operations, and recipes, which are lists of steps."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from jobs.api.generic import OwnedView
from jobs.api.paging import NewestFirstPagination, PageSchema
from jobs.api.parsers import StrictJSONParser
from jobs.errors import Refused
from photos.api.serializers import OperationsSerializer, RecipeSerializer
from photos.imaging.operations import all_operations
from photos.models import Recipe


class Operations(GenericAPIView[Any]):
    """All operations."""

    serializer_class = OperationsSerializer

    @extend_schema(operation_id="operations")
    def get(self, request: Request) -> Response:
        """Every operation with its options."""
        return Response(self.get_serializer({"operations": [each.describe() for each in all_operations()]}).data)


class RecipesView(OwnedView[Recipe]):
    """A view of the user's recipes and the built-in ones."""

    queryset = Recipe.objects.all()
    serializer_class: type[BaseSerializer[Any]] = RecipeSerializer
    lookup_url_kwarg = "recipe_id"
    parser_classes = (StrictJSONParser,)


class Recipes(RecipesView, ListAPIView[Recipe]):
    """All recipes of the user."""

    pagination_class = NewestFirstPagination
    schema = PageSchema()

    @extend_schema(operation_id="recipes_list")
    def get(self, request: Request) -> Response:
        """The recipes, newest first."""
        return self.list(request)

    @extend_schema(operation_id="recipe_create", responses={201: RecipeSerializer})
    def post(self, request: Request) -> Response:
        """Save a recipe."""
        recipe = Recipe.keep(request.user, **self.validate_body(RecipeSerializer))
        return Response(self.get_serializer(recipe).data, status=status.HTTP_201_CREATED)


class OneRecipe(RecipesView, RetrieveAPIView[Recipe]):
    """One recipe."""

    @extend_schema(operation_id="recipe_get")
    def get(self, request: Request, recipe_id: str) -> Response:
        """The recipe."""
        return self.retrieve(request)

    @extend_schema(operation_id="recipe_replace")
    def put(self, request: Request, recipe_id: str) -> Response:
        """Replace name and steps; jobs that ran with the recipe keep their steps."""
        recipe = self.get_own_recipe()
        recipe.replace(**self.validate_body(RecipeSerializer))
        return Response(self.get_serializer(recipe).data)

    @extend_schema(operation_id="recipe_delete")
    def delete(self, request: Request, recipe_id: str) -> Response:
        """Delete the recipe."""
        self.get_own_recipe().delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    def get_own_recipe(self) -> Recipe:
        """The recipe, which the user can change. Raises Http404, or Refused (409) for a built-in one."""
        recipe = self.get_object()
        if recipe.built_in:
            raise Refused("A built-in recipe cannot be changed: save a copy under another name.", status=409)
        return recipe
