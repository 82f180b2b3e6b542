"""Every address of the stand-alone project: the engine's pages and API, and the admin."""

from django.contrib import admin
from django.urls import include, path

from tests.standalone.lines.views import total

urlpatterns = [
    path("", include("jobs.web.urls")),
    path("api/", include(("jobs.api.urls", "api"))),
    path("jobs/<uuid:job_id>/sum.txt", total, name="job-sum"),
    path("admin/", admin.site.urls),
]
