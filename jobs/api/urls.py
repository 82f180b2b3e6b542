"""Addresses of the jobs API, below /api/."""

from django.urls import path

from jobs.api import views

urlpatterns = [
    path("jobs", views.Jobs.as_view(), name="jobs"),
    path("jobs/cancel", views.CancelSeveral.as_view(), name="jobs-cancel"),
    path("cancel/<str:job_id>", views.Cancel.as_view(), name="cancel"),
    path("jobs/<str:job_id>", views.OneJob.as_view(), name="job"),
    path("jobs/<str:job_id>/items", views.Items.as_view(), name="job-items"),
    path("jobs/<str:job_id>/items/<str:position>", views.OneItem.as_view(), name="job-item"),
    path("jobs/<str:job_id>/items/<str:position>/output", views.ItemOutput.as_view(), name="item-output"),
    path("jobs/<str:job_id>/events", views.Events.as_view(), name="job-events"),
    path("jobs/<str:job_id>/cancel", views.Cancel.as_view(), name="job-cancel"),
    path("jobs/<str:job_id>/resume", views.Resume.as_view(), name="job-resume"),
    path("jobs/<str:job_id>/retry", views.Retry.as_view(), name="job-retry"),
    path("jobs/<str:job_id>/unprocessed.csv", views.Unprocessed.as_view(), name="job-unprocessed"),
]
