"""How jobs, items and events look as JSON. The keys are part of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from jobs import states
from jobs.models import Attempt, Event, Item, Job, JobPhase, Pace
from jobs.models.counts import files_left


def moment(at: datetime | None) -> str | None:
    """A time as ISO 8601 with its zone."""
    return at.isoformat() if at else None


def job_json(job: Job) -> dict[str, Any]:
    """One job."""
    return jobs_json([job])[0]


def jobs_json(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Several jobs, without a query for each that runs."""
    rates = current_rates(jobs)
    return [with_rate(job, rates.get(job.pk, 0.0)) for job in jobs]


def with_rate(job: Job, rate: float) -> dict[str, Any]:
    """One job that goes at this rate."""
    counts = job.counts
    return {
        "id": str(job.uuid),
        "kind": job.kind,
        "title": job.title,
        "status": job.status,
        "settled": job.settled,
        "phase": job.current_phase.name if job.active else None,
        "phases": [phase_json(phase) for phase in job.phase_rows],
        **counts.as_dict(),
        "percent": job.percent,
        "rate": rate,
        "eta_seconds": eta(job, rate),
        "error": job.error,
        "created_at": moment(job.created_at),
        "started_at": moment(job.started_at),
        "ended_at": moment(job.ended_at),
        "cancelled_at": moment(job.cancelled_at),
        "cancelled_by": job.cancelled_by.get_username() if job.cancelled_by else None,
        "settled_at": moment(job.settled_at),
        "owner": job.owner.get_username() if job.owner else None,
    }


def current_rates(jobs: Iterable[Job]) -> dict[int, float]:
    """Files a second over the last ten seconds, of those that run."""
    started = {job.pk: job.started_at for job in jobs if job.status == states.RUNNING and job.started_at}
    return Pace.rates(started) if started else {}


def eta(job: Job, rate: float) -> float | None:
    """Seconds until the files are done in every phase, if all go at this rate; None when unknown."""
    if job.status in states.ENDED or not rate:
        return None
    left = files_left(job.phase_rows, job.phase_number)
    return max(round(left / rate, 1), 0.1) if left else None


def phase_json(phase: JobPhase) -> dict[str, Any]:
    """One phase of a job."""
    return {
        "name": phase.name,
        "status": phase.status,
        "total": phase.total,
        "done": phase.succeeded,
        "failed": phase.failed,
    }


def item_json(item: Item) -> dict[str, Any]:
    """One item; its job is loaded."""
    output = item.job.kind_object.output(item) if item.result else None
    if output is not None:
        url = reverse("api:item-output", args=[item.job.uuid, item.position])
        output = {"url": url} | output
    return {
        "position": item.position,
        "name": item.name,
        "status": item.status_shown,
        "error": item.error,
        "attempt": item.attempt,
        "started_at": moment(item.started_at),
        "ended_at": moment(item.ended_at),
        "duration_ms": item.duration_ms,
        "output": output,
    }


def items_json(job: Job, items: Iterable[Item]) -> list[dict[str, Any]]:
    """Items of one job, without a query for each."""
    shown = []
    for item in items:
        item.job = job
        shown.append(item_json(item))
    return shown


def attempts_json(item: Item) -> list[dict[str, Any]]:
    """Every attempt at an item that was begun, the latest one last."""
    told = [attempt_json(one.number, one) for one in item.attempts.select_related("worker")]
    latest = told[-1]["number"] if told else 0
    return told if latest == item.attempt else [*told, attempt_json(item.attempt, item)]


def attempt_json(number: int, attempt: Attempt | Item) -> dict[str, Any]:
    """One attempt at an item."""
    return {
        "number": number,
        "worker": attempt.worker.name if attempt.worker else "",
        "started_at": moment(attempt.started_at),
        "ended_at": moment(attempt.ended_at),
        "error": attempt.error,
    }


def event_json(event: Event) -> dict[str, Any]:
    """One line of a history."""
    return {
        "at": moment(event.at),
        "event": event.event,
        "from": event.from_status,
        "to": event.to_status,
        "actor": event.actor,
        "door": event.door,
        "reason": event.reason,
        "counts": event.counts,
    }
