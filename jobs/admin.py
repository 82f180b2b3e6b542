"""The admin of jobs: a history that nobody can edit, and the verbs as actions."""

from __future__ import annotations

import csv
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.functional import cached_property
from django.utils.html import format_html

from jobs import states
from jobs.errors import NotPossible
from jobs.models import Attempt, Event, Item, Job
from jobs.models.managers import JobQuerySet
from jobs.text import CSV_CONTENT_TYPE, Echo, content_disposition, escape_cell
from jobs.wording import done_to, outcome_counts

DOOR = "admin"
MAX_INLINE_ITEMS = 100  # on the page of a job; ItemAdmin lists all
MAX_COUNTED_ITEMS = 10_000  # counting a million takes a second


class ReadOnlyAdmin(admin.options.BaseModelAdmin):
    """Lets all staff view, and nobody edit."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_staff

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EventsInline(ReadOnlyAdmin, admin.TabularInline):
    """The timeline of a job."""

    model = Event
    fields = readonly_fields = ("at", "event", "from_status", "to_status", "actor", "door", "reason", "counts")
    extra = 0


class ItemsInline(ReadOnlyAdmin, admin.TabularInline):
    """The first items of a job."""

    model = Item
    fields = readonly_fields = ("position", "phase", "name", "status", "attempt", "started_at", "ended_at", "error")
    extra = 0
    verbose_name_plural = f"Items (the first {MAX_INLINE_ITEMS})"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        return Item.objects.filter(position__lte=MAX_INLINE_ITEMS, phase=0).order_by("position")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin, admin.ModelAdmin):
    """The history of all jobs."""

    list_display = ("title", "kind", "status", "progress", "owner", "created_at", "duration", "stopped_in", "error")
    list_filter = ("status", "kind", "owner")
    search_fields = ("title", "uuid", "owner__username", "error")
    date_hierarchy = "created_at"
    inlines = (EventsInline, ItemsInline)
    actions = ("cancel", "resume", "retry", "export")
    list_per_page = 50
    show_full_result_count = False
    exclude = ("spec",)

    def get_queryset(self, request: HttpRequest) -> JobQuerySet:
        return Job.objects.with_counts().newest_first()

    @admin.display(description="Progress")
    def progress(self, job: Job) -> str:
        """A bar, and the figures in words."""
        counts = job.counts
        words = f"{outcome_counts(counts)} of {counts.total:,}"
        return format_html('<progress max="100" value="{}"></progress> {}', job.percent, words)

    @admin.display(description="Duration")
    def duration(self, job: Job) -> str:
        """From the first file to the end, in seconds."""
        if not (job.started_at and job.ended_at):
            return "–"
        return f"{(job.ended_at - job.started_at).total_seconds():.1f} s"

    @admin.display(description="Stopped in")
    def stopped_in(self, job: Job) -> str:
        """Seconds from the cancel until nothing of the job ran."""
        return f"{job.stop_time.total_seconds():.2f} s" if job.stop_time is not None else "–"

    @admin.action(description="Cancel selected jobs", permissions=["view"])
    def cancel(self, request: HttpRequest, jobs: JobQuerySet) -> None:
        """Cancel the jobs that run or wait."""
        self.apply_to_each(request, jobs, "cancelled", lambda job: job.cancel(by=request.user, door=DOOR))

    @admin.action(description="Resume selected jobs", permissions=["view"])
    def resume(self, request: HttpRequest, jobs: JobQuerySet) -> None:
        """Resume the jobs with unfinished items."""
        self.apply_to_each(request, jobs, "resumed", lambda job: job.resume(by=request.user, door=DOOR))

    @admin.action(description="Retry the failed files of selected jobs", permissions=["view"])
    def retry(self, request: HttpRequest, jobs: JobQuerySet) -> None:
        """Retry the jobs with failed files."""
        self.apply_to_each(request, jobs, "retried", lambda job: job.retry(by=request.user, door=DOOR))

    def apply_to_each(self, request: HttpRequest, jobs: JobQuerySet, done: str, verb: Any) -> None:
        """Call a verb on each job, and report the number and the reasons of refusals as messages."""
        moved = 0
        for job in jobs:
            try:
                moved += verb(job) is not False
            except NotPossible as why:
                self.message_user(request, f"{job.title}: {why}", messages.WARNING)
            except Job.DoesNotExist:
                self.message_user(request, f"{job.title}: It has been deleted.", messages.WARNING)
        self.message_user(request, f"{done_to(moved, 'job', done)}.")

    @admin.action(description="Export selected jobs as CSV", permissions=["view"])
    def export(self, request: HttpRequest, jobs: JobQuerySet) -> StreamingHttpResponse:
        """A CSV file with one line per job, streamed."""
        writer = csv.writer(Echo())
        heads = ["id", "title", "kind", "status", "owner", "created_at", "ended_at", "error"]
        numbers = ["total", "succeeded", "failed", "skipped"]

        def line(job: Job) -> list[Any]:
            facts = [job.uuid, escape_cell(job.title), job.kind, job.status, job.owner, job.created_at, job.ended_at]
            return [*facts, escape_cell(job.error), *(job.counts.as_dict()[name] for name in numbers)]

        lines = (writer.writerow(row) for row in (heads + numbers, *map(line, jobs)))
        return StreamingHttpResponse(
            lines,
            content_type=CSV_CONTENT_TYPE,
            headers={"Content-Disposition": content_disposition("jobs.csv")},
        )


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin, admin.ModelAdmin):
    """Every line of every history, those of deleted jobs too."""

    list_display = ("at", "event", "job_title", "actor", "door", "from_status", "to_status", "reason")
    list_filter = ("event", "door")
    search_fields = ("job_title", "job_uuid", "actor", "reason")
    date_hierarchy = "at"
    ordering = ("-id",)
    show_full_result_count = False


class AttemptsInline(ReadOnlyAdmin, admin.TabularInline):
    """Earlier attempts at a file."""

    model = Attempt
    fields = readonly_fields = ("number", "worker", "started_at", "ended_at", "error")
    extra = 0
    verbose_name_plural = "Earlier attempts"


class CappedPaginator(Paginator):
    """Counts no further than MAX_COUNTED_ITEMS."""

    @cached_property
    def count(self) -> int:
        items: Any = self.object_list
        return int(items[:MAX_COUNTED_ITEMS].count())


class StatusFilter(admin.SimpleListFilter):
    """A filter by all statuses; Django's own would search all rows for those in use."""

    title = parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status, status.capitalize()) for status in states.ITEM_STATUSES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Item]) -> QuerySet[Item]:
        return queryset.filter(status=self.value()) if self.value() in states.ITEM_STATUSES else queryset


@admin.register(Item)
class ItemAdmin(ReadOnlyAdmin, admin.ModelAdmin):
    """Every file of every job."""

    list_display = ("name", "job", "position", "phase", "status", "attempt", "started_at", "ended_at", "error")
    list_filter = (StatusFilter,)
    search_fields = ("job__uuid",)
    paginator = CappedPaginator
    inlines = (AttemptsInline,)
    ordering = ("-id",)
    sortable_by = ()  # no other order has an index, and there may be millions
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        """Items with their jobs, without the specs: the selection in one may be ten thousand keys long."""
        found: QuerySet[Item] = super().get_queryset(request)
        return found.select_related("job").defer("job__spec")
