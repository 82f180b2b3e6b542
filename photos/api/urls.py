"""The library's addresses under /api/."""

from django.urls import path

from photos.api.calls import VisionCalls
from photos.api.catalogue import Catalogue
from photos.api.classification import PhotoClassification, Similar
from photos.api.files import Original, OutputThumbnail, Screen, Thumbnail
from photos.api.photos import OnePhoto, Photos
from photos.api.preview import Preview
from photos.api.recipes import OneRecipe, Operations, Recipes
from photos.api.results import Results

urlpatterns = [
    path("photos", Photos.as_view(), name="photos"),
    path("photos/<str:photo_id>", OnePhoto.as_view(), name="photo"),
    path("photos/<str:photo_id>/original", Original.as_view(), name="photo-original"),
    path("photos/<str:photo_id>/classification", PhotoClassification.as_view(), name="photo-classification"),
    path("photos/<str:photo_id>/similar", Similar.as_view(), name="photo-similar"),
    path("photos/<str:photo_id>/thumbnail", Thumbnail.as_view(), name="photo-thumbnail"),
    path("photos/<str:photo_id>/screen", Screen.as_view(), name="photo-screen"),
    path("operations", Operations.as_view(), name="operations"),
    path("recipes", Recipes.as_view(), name="recipes"),
    path("recipes/<str:recipe_id>", OneRecipe.as_view(), name="recipe"),
    path("preview", Preview.as_view(), name="preview"),
    path("jobs/<str:job_id>/vision-calls", VisionCalls.as_view(), name="job-vision-calls"),
    path("jobs/<str:job_id>/items/<str:position>/thumbnail", OutputThumbnail.as_view(), name="item-thumbnail"),
    path("jobs/<str:job_id>/results.zip", Results.as_view(), name="job-results"),
    path("jobs/<str:job_id>/catalogue.<str:extension>", Catalogue.as_view(), name="job-catalogue"),
]
