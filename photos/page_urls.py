"""Addresses of the library's pages."""

from django.urls import path

from photos import views

urlpatterns = [
    path("", views.library, name="library"),
    path("samples", views.samples, name="samples"),
]
