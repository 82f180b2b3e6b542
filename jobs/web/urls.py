"""Addresses of the pages about jobs."""

from django.urls import path

from jobs.web import views

urlpatterns = [
    path("jobs", views.history, name="jobs"),
    path("jobs/cancel", views.cancel_several, name="jobs-cancel"),
    path("jobs/resume", views.resume_several, name="jobs-resume"),
    path("jobs/delete", views.delete_several, name="jobs-delete"),
    path("jobs/<uuid:job_id>", views.job_page, name="job"),
    path("jobs/<uuid:job_id>/row", views.row, name="job-row"),
    path("jobs/<uuid:job_id>/items/<int:position>/attempts", views.attempts, name="job-attempts"),
    path("jobs/<uuid:job_id>/notice", views.notice, name="job-notice"),
    path("jobs/<uuid:job_id>/cancel", views.cancel, name="job-cancel"),
    path("jobs/<uuid:job_id>/resume", views.resume, name="job-resume"),
    path("jobs/<uuid:job_id>/retry", views.retry, name="job-retry"),
    path("jobs/<uuid:job_id>/delete", views.delete, name="job-delete"),
    path("jobs/<uuid:job_id>/dismiss", views.dismiss, name="job-dismiss"),
]
