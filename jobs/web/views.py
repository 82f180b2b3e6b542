"""The pages about jobs, and the forms on them: each finds the job, calls one verb and says what happened."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from jobs import states
from jobs.conf import get_setting
from jobs.errors import NotPossible
from jobs.models import Item, Job
from jobs.models.managers import MAX_SELECTED_IDS, JobQuerySet
from jobs.text import as_uuid
from jobs.web.pages import JobDetails, attempt_lines, filter_query, history_page, jobs_of
from jobs.wording import NOT_FOUND_OR_COMPLETED, NOTHING_RUNNING, done_to, none_selected

TOO_MANY_SELECTED = f"Select at most {MAX_SELECTED_IDS:,} jobs at once. Nothing was done."


# ---------------------------------------------------------------- pages


@require_safe
@login_required
def history(request: HttpRequest) -> HttpResponse:
    """Every job of this person, newest first."""
    page = history_page(request.user, request.GET)
    empty = get_setting("JOBS_EMPTY_TEMPLATE")
    return render_page(request, "jobs/history.html", page=page, statuses=states.JOB_STATUSES, empty_template=empty)


@require_safe
@login_required
def row(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """One job's line of the history, for the line that refreshes itself."""
    return render(request, "jobs/_row.html", {"job": get_job(request, job_id)})


@require_safe
@login_required
def notice(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The warning that a job was cancelled, for the page that followed it to its end."""
    job = get_job(request, job_id)
    return render(request, "jobs/_cancelled.html", {"job": job}) if job.notice else HttpResponse()


@require_safe
@login_required
def job_page(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """All about one job; htmx asks again for the parts that change."""
    job = get_job(request, job_id)
    part = {"job-live": "#live", "job-details": "#details"}.get(request.htmx.target or "", "")  # type: ignore[attr-defined]
    return render_page(request, f"jobs/job.html{part}", job=job, details=JobDetails(job, request.GET))


@require_safe
@login_required
def attempts(request: HttpRequest, job_id: UUID, position: int) -> HttpResponse:
    """Every attempt at one file, for its line on the job's page."""
    item = get_object_or_404(
        Item.objects.select_related("worker"), job=get_job(request, job_id), phase=0, position=position
    )
    return render(request, "jobs/_attempts.html", {"attempts": attempt_lines(item)})


# ---------------------------------------------------------------- one job


@require_POST
@login_required
def cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Cancel one job; the warning that it was cancelled stands on the next page."""
    job = jobs_of(request.user).filter(uuid=job_id).first()
    try:
        if job is None:
            raise NotPossible(NOT_FOUND_OR_COMPLETED)
        job.cancel(by=request.user, door="page", finish="finish" in request.POST, discard="discard" in request.POST)
    except (NotPossible, Job.DoesNotExist):
        messages.warning(request, NOT_FOUND_OR_COMPLETED)
    return redirect(job or "jobs")


@require_POST
@login_required
def resume(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Queue the unfinished items of a job."""
    job = get_job(request, job_id)
    try_verb(request, lambda: job.resume(by=request.user, door="page"))
    return redirect(job)


@require_POST
@login_required
def retry(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Queue the failed files again, or those that failed for the given reason."""
    job = get_job(request, job_id)
    try_verb(request, lambda: job.retry(by=request.user, door="page", reason=request.POST.get("reason", "")))
    return redirect(job)


@require_POST
@login_required
def delete(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Delete a job and its outputs; originals stay."""
    job = get_job(request, job_id)
    if not try_verb(request, lambda: job.remove(by=request.user, door="page")):
        return redirect(job)
    messages.success(request, f"{job.title} was deleted with its results. The originals stay.")
    return redirect("jobs")


@require_POST
@login_required
def dismiss(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Dismiss the warning that a job was cancelled."""
    get_job(request, job_id).dismiss()
    return redirect(get_setting("JOBS_HOME")) if request.accepts("text/html") else HttpResponse(status=204)


# ---------------------------------------------------------------- several jobs


@require_POST
@login_required
def cancel_several(request: HttpRequest) -> HttpResponse:
    """Cancel the selected jobs, or everything this person has running."""
    if "selected" not in request.POST:
        number = jobs_of(request.user).cancel(by=request.user, door="page")
        messages.success(request, done_to(number, "job", "cancelled") if number else NOTHING_RUNNING)
        return redirect(get_setting("JOBS_CANCEL_ALL_HOME"))
    return apply_to_selected(request, "cancelled", lambda job: job.cancel(by=request.user, door="page"))


@require_POST
@login_required
def resume_several(request: HttpRequest) -> HttpResponse:
    """Resume the selected jobs."""
    return apply_to_selected(request, "resumed", lambda job: job.resume(by=request.user, door="page"))


@require_POST
@login_required
def delete_several(request: HttpRequest) -> HttpResponse:
    """Delete the selected jobs with their outputs."""
    return apply_to_selected(request, "deleted", lambda job: job.remove(by=request.user, door="page"))


def apply_to_selected(request: HttpRequest, done: str, verb: Callable[[Job], object]) -> HttpResponse:
    """Call a verb for each selected job, and report the number and the reasons of refusals as messages."""
    back = redirect(reverse("jobs") + filter_query(request.GET))
    if len(request.POST.getlist("jobs")) > MAX_SELECTED_IDS:
        messages.warning(request, TOO_MANY_SELECTED)
        return back
    jobs = selected_jobs(request)
    if not jobs:
        messages.warning(request, none_selected("job"))
    number, refusals = 0, []
    for job in jobs:
        try:
            number += verb(job) is not False  # False: it was cancelled already
        except (NotPossible, Job.DoesNotExist) as error:
            refusals.append(f"{job.title}: {explain(error)}")
    if number:
        messages.success(request, done_to(number, "job", done))
    elif jobs and not refusals:
        messages.success(request, NOTHING_RUNNING)
    for refusal in refusals:
        messages.warning(request, refusal)
    return back


def selected_jobs(request: HttpRequest) -> JobQuerySet:
    """The user's jobs among the ids in the form; texts that are no ids are ignored."""
    ids = [text for text in request.POST.getlist("jobs") if as_uuid(text)]
    return jobs_of(request.user).filter(uuid__in=ids)


# ---------------------------------------------------------------- helpers


def render_page(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    """A page inside the project's base template, or a part of one."""
    return render(request, template, {"base_template": get_setting("JOBS_BASE_TEMPLATE"), "section": "jobs", **context})


def get_job(request: HttpRequest, job_id: UUID) -> Job:
    """The user's job. Raises Http404, also for a job of somebody else."""
    return get_object_or_404(jobs_of(request.user), uuid=job_id)


def try_verb(request: HttpRequest, verb: Callable[[], object]) -> bool:
    """Call a verb; returns whether it was possible, and reports why not as a message."""
    try:
        verb()
    except (NotPossible, Job.DoesNotExist) as error:
        messages.error(request, explain(error))
        return False
    return True


def explain(error: Exception) -> str:
    """The reason of a refusal; a job that was deleted a moment ago counts as not found."""
    return str(error) if isinstance(error, NotPossible) else NOT_FOUND_OR_COMPLETED
