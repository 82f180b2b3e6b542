"""Filters that format numbers, sizes, times, outcomes and events for people."""

from datetime import timedelta

from django import template

from jobs import states
from jobs.models import Event, Job
from jobs.wording import WAITING_FOR_WORKER, outcome_counts, quantity

register = template.Library()
register.filter(outcome_counts)
register.filter(quantity)
SIZE_UNITS = ("KB", "MB", "GB", "TB")
DOOR_PHRASES = {
    "page": "in the browser",
    "api": "through the API",
    "admin": "in the administration",
    "command": "from the shell",
    "worker": "",
}
EVENT_HEADLINES = {
    "submit": "Submitted",
    "start": "Started",
    "finish": "Finished",
    "fail": "Failed",
    "cancel": "Cancelled",
    "resume": "Resumed",
    "retry": "Retried",
    "settle": "Stopped completely",
    "rescue": "Rescued from a lost worker",
    "delete": "Deleted",
}
STATUS_PHRASES = {states.QUEUED: WAITING_FOR_WORKER, states.RUNNING: "Running"}


@register.filter
def thousands(number: int) -> str:
    """1248 as 1,248."""
    return f"{number:,}"


@register.filter
def file_size(count: int | None) -> str:
    """Bytes as 412 KB or 3.1 MB."""
    value = float(count or 0)
    if value < 1000:
        return f"{value:.0f} bytes"
    unit = -1
    while value >= 999.5 and unit < len(SIZE_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {SIZE_UNITS[unit]}" if value < 9.95 else f"{value:.0f} {SIZE_UNITS[unit]}"


@register.filter
def percent(share: float) -> str:
    """0.743 as 74 %."""
    return f"{share:.0%}".replace("%", " %")


@register.filter
def duration(span: timedelta | None) -> str:
    """A span of time as 0.21 s, 12 s, 3 min, 2 h or 2 h 5 min; empty for none."""
    if span is None:
        return ""
    seconds = max(span.total_seconds(), 0.0)
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


@register.filter
def outcome(job: Job) -> str:
    """The outcome of a job: 412 done, 3 failed, 85 not started · stopped in 0.21 s."""
    counts = job.counts
    numbers = {"done": counts.succeeded, "failed": counts.failed, "not started": counts.skipped}
    numbers["remaining"] = counts.remaining
    words = ", ".join(f"{number:,} {word}" for word, number in numbers.items() if number or word == "done")
    return " · ".join(part for part in (words, stop_summary(job)) if part)


def stop_summary(job: Job) -> str:
    """The stop time of a cancelled job, its progress until it has settled, or the duration of another job."""
    if not job.settled:
        return cancel_progress(job)
    if job.status == states.CANCELLED:
        return f"stopped in {duration(job.stop_time)}"
    if job.status in states.ENDED and job.started_at and job.ended_at:
        return f"in {duration(job.ended_at - job.started_at)}"
    return STATUS_PHRASES.get(job.status, "")


def cancel_progress(job: Job) -> str:
    """The progress of a cancel: files in hand are stopped or finished, then outputs are discarded."""
    if in_flight := job.counts.in_flight:
        return f"Cancelling… {'finishing' if job.finish_in_hand else 'stopping'} {quantity(in_flight, 'file')}"
    return "Cancelling… discarding what was made" if job.is_discarding else "Cancelling…"


@register.filter
def event_headline(event: Event) -> str:
    """The name of an event: Submitted, Counting began, Stopped completely."""
    if event.event == "phase":
        title = event.job.kind_object.phase(event.reason).title if event.job else ""
        return f"{title.rstrip('…') or event.reason.capitalize()} began"
    return EVENT_HEADLINES[event.event]


@register.filter
def event_author(event: Event) -> str:
    """The actor and door of an event: by ana in the browser; empty for the workers themselves."""
    if event.door == "worker" and not event.actor:
        return ""
    return " ".join(part for part in (f"by {event.actor}" if event.actor else "", DOOR_PHRASES[event.door]) if part)


@register.filter
def event_detail(event: Event) -> str:
    """The detail of an event: the reason of a failure, or the stop time of a cancelled job."""
    if event.event == "settle":
        return f"after {duration(timedelta(seconds=event.counts['stopped_in_seconds']))}"
    return "" if event.event == "phase" else event.reason
