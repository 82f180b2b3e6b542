"""Addresses of the pages of the library and of recipes."""

from django.urls import path

from photos.web import defaults, library, recipes

urlpatterns = [
    path("", library.library, name="library"),
    path("samples", library.samples, name="samples"),
    path("photos/<uuid:photo_id>", library.photo_page, name="photo"),
    path("photos/<uuid:photo_id>/similar", library.similar, name="photo-similar"),
    path("photos/<uuid:photo_id>/category", library.set_category, name="photo-category"),
    path("recipes", recipes.recipes, name="recipes"),
    path("recipes/add", recipes.add, name="recipe-add"),
    path("recipes/<uuid:recipe_id>.json", recipes.download, name="recipe-file"),
    path("recipes/<uuid:recipe_id>/rename", recipes.rename, name="recipe-rename"),
    path("recipes/<uuid:recipe_id>/delete", recipes.delete, name="recipe-delete"),
    path("settings/defaults", defaults.save, name="defaults"),
    path("photos/delete", library.delete_several, name="photos-delete"),
]
