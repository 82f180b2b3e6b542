"""The data of the pages about jobs: a page of the history, and the details of one job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count

from jobs import states
from jobs.models import Attempt, Event, Item, Job
from jobs.models.items_page import items_after
from jobs.models.managers import JobQuerySet
from jobs.text import as_number, as_uuid
from jobs.web.chart import SpeedChart, speed_chart

JOBS_PER_PAGE = 25
ITEMS_PER_PAGE = 60
MAX_REASONS = 20
MAX_EVENTS = 100
OUTCOME_LABELS = {
    states.SUCCEEDED: "Done",
    states.FAILED: "Failed",
    states.SKIPPED: "Not started",
    states.RUNNING: "In progress",
    states.WAITING: "Waiting",
}


def jobs_of(user: Any) -> JobQuerySet:
    """The jobs that the user may see, with their counts."""
    return Job.objects.visible_to(user).with_counts()


@dataclass(frozen=True)
class HistoryPage:
    """Jobs, the status that filters them, and the query strings of the newer and the older page (empty without one)."""

    jobs: list[Job]
    status: str
    newer: str
    older: str

    @property
    def query(self) -> str:
        """The query string that keeps the filter."""
        return filter_query({"status": self.status})


def history_page(user: Any, asked: Mapping[str, str]) -> HistoryPage:
    """A page of the history: `status` filters; it begins after the job `before`, or ends ahead of the job `after`."""
    status = status_filter(asked)
    matching = jobs_of(user).in_status(status) if status else jobs_of(user)
    if newest := find_job_key(asked.get("after", "")):
        shown = list(matching.filter(pk__gt=newest).order_by("id")[:JOBS_PER_PAGE])[::-1]
    else:
        oldest = find_job_key(asked.get("before", ""))
        shown = list((matching.filter(pk__lt=oldest) if oldest else matching).newest_first()[:JOBS_PER_PAGE])
    return HistoryPage(shown, status, *page_links(matching, shown, status))


def status_filter(asked: Mapping[str, str]) -> str:
    """The status in a query string; empty for one that does not exist."""
    status = asked.get("status", "")
    return status if status in states.SELECTABLE_STATUSES else ""


def filter_query(asked: Mapping[str, str]) -> str:
    """The query string that keeps the filter; empty without one."""
    status = status_filter(asked)
    return query_string(status=status) if status else ""


def page_links(matching: JobQuerySet, shown: list[Job], status: str) -> tuple[str, str]:
    """The addresses of the pages with newer and with older jobs than those shown; empty where there are none."""
    if not shown:
        return "", ""
    newer = matching.filter(pk__gt=shown[0].pk).exists()
    older = matching.filter(pk__lt=shown[-1].pk).exists()
    return (
        query_string(status=status, after=shown[0].uuid) if newer else "",
        query_string(status=status, before=shown[-1].uuid) if older else "",
    )


def find_job_key(text: str) -> int | None:
    """The primary key of the job with that UUID; None if there is none."""
    uuid = as_uuid(text)
    return Job.objects.filter(uuid=uuid).values_list("pk", flat=True).first() if uuid else None


class JobDetails:
    """The details of a job: its events, its chart, the reasons of failures, its files by outcome."""

    def __init__(self, job: Job, asked: Mapping[str, str]) -> None:
        self.job = job
        self.shared: dict[str, Any] = {}  # a cache for templates of kinds: one query for all lines
        self.show = asked.get("show", "") if asked.get("show") in OUTCOME_LABELS else self.first_shown()
        self.after = as_number(asked.get("after", "")) or 0

    def first_shown(self) -> str:
        """The tab that opens first: the failed files of a job without a success, otherwise the done ones."""
        return "failed" if self.job.counts.failed and not self.job.counts.succeeded else "succeeded"

    @cached_property
    def events(self) -> list[Event]:
        """The latest MAX_EVENTS events, oldest first."""
        return list(self.job.events.order_by("-id")[:MAX_EVENTS])[::-1]

    @cached_property
    def chart(self) -> SpeedChart | None:
        """The speed of the job over time; None if it was too short."""
        return speed_chart(self.job)

    @cached_property
    def reasons(self) -> list[dict[str, Any]]:
        """Failures by reason, the most frequent first."""
        if not self.job.counts.failed:
            return []
        failed = self.job.items.filter(phase=0, status=states.FAILED).order_by()
        counted = failed.values_list("error").annotate(n=Count("*")).order_by("-n", "error")[:MAX_REASONS]
        return [{"error": error, "n": number} for error, number in counted]

    @cached_property
    def tabs(self) -> list[dict[str, Any]]:
        """The outcomes that this job has, each with its number and its address."""
        return [
            {
                "label": label,
                "number": self.numbers[status],
                "query": query_string(show=status),
                "current": status == self.show,
            }
            for status, label in OUTCOME_LABELS.items()
            if self.numbers[status] or status == self.show
        ]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """How many files have each outcome."""
        counts = self.job.counts
        waiting = counts.remaining - counts.in_flight
        return counts.as_dict() | {states.RUNNING: counts.in_flight, states.WAITING: waiting}

    @cached_property
    def found(self) -> list[Item]:
        """The files of this page and one more, which says whether there is a next page."""
        return items_after(self.job, self.show, self.after, ITEMS_PER_PAGE + 1)

    @cached_property
    def items(self) -> list[ItemLine]:
        """The files on this page."""
        return [ItemLine(self.job, item) for item in self.found[:ITEMS_PER_PAGE]]

    @property
    def more(self) -> str:
        """The address of the next page of files; empty on the last one."""
        return (
            query_string(show=self.show, after=self.items[-1].item.position) if len(self.found) > ITEMS_PER_PAGE else ""
        )


class ItemLine:
    """A file of a job as the page shows it."""

    def __init__(self, job: Job, item: Item) -> None:
        self.item = item
        self.status = states.SKIPPED if item.status == states.WAITING and job.status in states.ENDED else item.status
        self.status_label = OUTCOME_LABELS[self.status]
        self.output = job.kind_object.output(item) if item.result else None


@dataclass(frozen=True)
class AttemptLine:
    """One attempt at a file as the page shows it."""

    error: str
    outcome: str  # in a word, where there is no error
    took: timedelta | None
    worker: str


def attempt_lines(item: Item) -> list[AttemptLine]:
    """All attempts at a file, the latest one last."""
    earlier = [attempt_line(attempt, "Not finished") for attempt in item.attempts.select_related("worker")]
    return [*earlier, attempt_line(item, OUTCOME_LABELS[item.status])] if item.attempt > len(earlier) else earlier


def attempt_line(attempt: Attempt | Item, outcome: str) -> AttemptLine:
    """The line of an attempt; the latest attempt is the item itself."""
    took = attempt.ended_at - attempt.started_at if attempt.started_at and attempt.ended_at else None
    return AttemptLine(attempt.error, outcome, took, attempt.worker.name if attempt.worker else "")


def query_string(**values: object) -> str:
    """The query string of the values that are not empty."""
    return "?" + urlencode({name: value for name, value in values.items() if value})
