"""Addresses of the pages that belong to the site as a whole."""

from django.urls import path

from project.web import views

urlpatterns = [
    path("settings", views.settings_page, name="settings"),
]
