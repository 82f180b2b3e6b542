"""Addresses of the library's pages."""

from django.urls import path

from photos import defaults_views, recipe_views, views

urlpatterns = [
    path("", views.library, name="library"),
    path("samples", views.samples, name="samples"),
    path("photos/<uuid:photo_id>", views.photo_page, name="photo"),
    path("photos/<uuid:photo_id>/similar", views.similar, name="photo-similar"),
    path("photos/<uuid:photo_id>/category", views.set_category, name="photo-category"),
    path("recipes", recipe_views.recipes, name="recipes"),
    path("recipes/add", recipe_views.add, name="recipe-add"),
    path("recipes/<uuid:recipe_id>.json", recipe_views.file, name="recipe-file"),
    path("recipes/<uuid:recipe_id>/rename", recipe_views.rename, name="recipe-rename"),
    path("recipes/<uuid:recipe_id>/delete", recipe_views.delete, name="recipe-delete"),
    path("settings/defaults", defaults_views.save, name="defaults"),
    path("photos/delete", views.delete_several, name="photos-delete"),
]
