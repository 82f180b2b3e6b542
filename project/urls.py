"""Every address of the site."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from photos.api.jobs import CancelBatch
from project.web.api import Docs, NotFound, Schema
from project.web.health import healthz
from project.web.metrics import metrics

handler400 = "project.web.errors.bad_request"
handler403 = "project.web.errors.forbidden"
handler404 = "project.web.errors.not_found"
handler500 = "project.web.errors.server_error"

api: list[URLPattern | URLResolver] = [
    path("", include("photos.api.urls")),
    path("", include("jobs.api.urls")),
    path("schema", Schema.as_view(), name="schema"),
    path("docs", Docs.as_view(), name="docs"),
    re_path(r".*", NotFound.as_view()),
]

urlpatterns = [
    path("", include("photos.web.urls")),
    path("", include("jobs.web.urls")),
    path("", include("project.web.urls")),
    path("", include("project.accounts.urls")),
    path("api/", include((api, "api"))),
    path("photos/batch/cancel", CancelBatch.as_view(), name="photos-batch-cancel"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]
