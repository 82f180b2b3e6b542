"""Every address of the stand-alone project: the engine's pages and API, and the admin."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("jobs.urls")),
    path("api/", include(("jobs.api.urls", "api"))),
    path("admin/", admin.site.urls),
]
