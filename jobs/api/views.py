"""The API of jobs: each view finds the job, calls one verb and says what happened."""

from __future__ import annotations

import csv
import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs import states
from jobs.api import schema
from jobs.api.doors import door_of
from jobs.api.paging import Newest
from jobs.api.representation import attempts_json, event_json, item_json, items_json, job_json, jobs_json
from jobs.errors import NotPossible, Refused
from jobs.kinds import Kind, registry
from jobs.models import IdempotencyKey, Item, Job
from jobs.models.items_page import FINISHED, POSITION, finished_after, items_after, unprocessed
from jobs.models.managers import MAX_SELECTED_IDS, JobQuerySet
from jobs.text import Echo, cell, disposition

logger = logging.getLogger(__name__)

CSRF_FIELD = "csrfmiddlewaretoken"  # what Django's forms send along
GONE = "Job not found or already completed"
AT_ONCE = 500


def as_uuid(text: str) -> UUID | None:
    """The UUID that a text stands for, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def find(request: Request, job_id: str, jobs: JobQuerySet | None = None) -> Job:
    """The person's job of that id. Somebody else's, a missing one and nonsense are all the same 404."""
    uuid = as_uuid(job_id)
    jobs = Job.objects.all() if jobs is None else jobs
    job = jobs.visible_to(request.user).filter(uuid=uuid).first() if uuid else None
    if job is None:
        raise Http404
    return job


def shown(request: Request, job_id: str) -> dict[str, Any]:
    """The person's job of that id as JSON."""
    return job_json(find(request, job_id, Job.objects.counted()))


def item_at(job: Job, position: str, items: QuerySet[Item]) -> Item:
    """The file of a job at that position, if it is among these. Raises Http404."""
    number = int(position) if position.isascii() and position.isdigit() and len(position) < 19 else 0
    item = items.filter(job=job, phase=0, position=number).first()
    if item is None:
        raise Http404
    item.job = job
    return item


def body_of(request: Request) -> dict[str, Any]:
    """The body as an object. Raises Refused."""
    if not isinstance(request.data, dict):
        raise Refused("The body must be a JSON object.")
    return dict(request.data.items())


def flag(body: dict[str, Any], name: str) -> bool:
    """A yes or no of the body, no when it is absent. Raises Refused."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise Refused(f"{name} must be true or false.", fields={name: "Must be true or false."})
    return value


class Jobs(APIView):
    """All jobs of the person."""

    @extend_schema(operation_id="api_jobs_list", parameters=schema.JOB_FILTERS, responses=schema.JobPage)
    def get(self, request: Request) -> Response:
        """The history, newest first."""
        jobs = self.filtered(request, Job.objects.visible_to(request.user)).counted()
        pages = Newest()
        page: list[Job] = pages.paginate_queryset(jobs, request, self) or []
        return pages.get_paginated_response(jobs_json(page))

    def filtered(self, request: Request, jobs: Any) -> Any:
        """Narrowed by what the address asks for. Raises Refused."""
        wanted, kind = request.query_params.get("status"), request.query_params.get("kind")
        if wanted == "active":
            jobs = jobs.active()
        elif wanted in states.JOB_STATUSES:
            jobs = jobs.filter(status=wanted)
        elif wanted:
            raise Refused(f"There is no status {wanted!r}.", fields={"status": "Unknown status."})
        return jobs.filter(kind=kind) if kind else jobs

    @extend_schema(request=schema.Submit, responses={201: schema.Job})
    def post(self, request: Request) -> Response:
        """Submit a job."""
        body = body_of(request)
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > 255:
            raise Refused("The Idempotency-Key is longer than 255 characters.")
        known = IdempotencyKey.job_of(request.user, key, body) if key else None
        job = known or self.submit(request, body, key)
        return Response(job_json(job), status=status.HTTP_201_CREATED)

    def submit(self, request: Request, body: dict[str, Any], key: str) -> Job:
        """The job that comes of a request. Raises Refused."""
        # Checked before the transaction: sums over a library would keep everybody else from writing to SQLite.
        kind = self.kind_of(body)
        submission = kind.submission(body, request.user)
        with transaction.atomic():
            claimed = IdempotencyKey.claim(request.user, key, body) if key else None
            if claimed and claimed.job:  # the same request was quicker
                return claimed.job
            job = Job.submit(kind.name, submission, request.user, door_of(request))
            if claimed:
                claimed.keep(job)
        return job

    def kind_of(self, body: dict[str, Any]) -> Kind:
        """The kind that a body names. Raises Refused."""
        name = body.get("kind")
        kind = registry.get(name) if isinstance(name, str) else None
        if kind is None:
            choices = ", ".join(sorted(registry))
            raise Refused(f"kind must be one of: {choices}.", fields={"kind": f"Must be one of: {choices}."})
        return kind


class OneJob(APIView):
    """One job."""

    @extend_schema(responses=schema.Job)
    def get(self, request: Request, job_id: str) -> HttpResponseBase:
        """The job as it stands; 304 when nothing changed since the ETag."""
        answer = shown(request, job_id)
        etag = quote_etag(hashlib.sha256(json.dumps(answer).encode()).hexdigest()[:32])
        response = Response(answer, headers={"ETag": etag, "Cache-Control": "private, no-cache"})
        return get_conditional_response(request, etag=etag, response=response) or response

    @extend_schema(responses={204: None})
    def delete(self, request: Request, job_id: str) -> Response:
        """Delete it with its outputs, never originals."""
        find(request, job_id).remove(by=request.user, door=door_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Cancel(APIView):
    """Stop one job."""

    @extend_schema(request=schema.CancelOptions, responses=schema.Success)
    def post(self, request: Request, job_id: str) -> Response:
        """Cancel; once more is no error."""
        body = body_of(request)
        finish, discard = flag(body, "finish"), flag(body, "discard")
        try:
            find(request, job_id).cancel(by=request.user, door=door_of(request), finish=finish, discard=discard)
        except (Http404, NotPossible, Job.DoesNotExist) as gone:
            raise Refused(GONE) from gone
        return Response({"success": True})


class CancelSeveral(APIView):
    """Stop all jobs of the person, or those named."""

    @extend_schema(
        operation_id="api_jobs_cancel_several", request=schema.CancelSelection, responses=schema.CancelledCount
    )
    def post(self, request: Request) -> Response:
        """Cancel everything that runs or waits."""
        body = body_of(request)
        self.refuse_strange(body)
        jobs = Job.objects.visible_to(request.user)
        if "jobs" in body:
            jobs = jobs.filter(uuid__in=self.named(body["jobs"]))
        return Response({"success": True, "cancelled": jobs.cancel(by=request.user, door=door_of(request))})

    def refuse_strange(self, body: dict[str, Any]) -> None:
        """Raise Refused for a misspelt name: what was meant for one job must not stop all of them."""
        if strange := [name for name in body if name not in ("jobs", CSRF_FIELD)]:
            sentence = "Give jobs and nothing else; leave it out to cancel everything."
            raise Refused(sentence, fields={strange[0][:100]: "There is no such field."})

    def named(self, ids: Any) -> list[UUID]:
        """The ids that are ids. Raises Refused when it is no list of texts, or too long a one."""
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise Refused("jobs must be a list of ids.", fields={"jobs": "Must be a list of ids."})
        if len(ids) > MAX_SELECTED_IDS:
            sentence = f"Give at most {MAX_SELECTED_IDS:,} ids; leave jobs out to cancel everything."
            raise Refused(sentence, fields={"jobs": sentence})
        return [uuid for uuid in map(as_uuid, ids) if uuid]


class Resume(APIView):
    """Go on with what is left of a cancelled job."""

    @extend_schema(request=None, responses=schema.Job)
    def post(self, request: Request, job_id: str) -> Response:
        """Resume; 409 when there is nothing to do or it has not settled."""
        find(request, job_id).resume(by=request.user, door=door_of(request))
        return Response(shown(request, job_id))


class Retry(APIView):
    """Do failed files again."""

    @extend_schema(request=schema.RetryOptions, responses=schema.Job)
    def post(self, request: Request, job_id: str) -> Response:
        """Retry; 409 when there is nothing to do or it has not settled."""
        reason = body_of(request).get("reason", "")
        if not isinstance(reason, str):
            raise Refused("reason must be a text.", fields={"reason": "Must be a text."})
        find(request, job_id).retry(by=request.user, door=door_of(request), reason=reason)
        return Response(shown(request, job_id))


class Items(APIView):
    """The files of a job."""

    @extend_schema(parameters=schema.ITEM_FILTERS, responses=schema.ItemPage)
    def get(self, request: Request, job_id: str) -> Response:
        """Finished ones in the order they finished, or those in one status by position."""
        job = find(request, job_id)
        wanted = request.query_params.get("status", "")
        if wanted and wanted not in (*states.ITEM_STATUSES, states.SKIPPED):
            raise Refused(f"There is no status {wanted!r}.", fields={"status": "Unknown status."})
        by_finish = wanted == ""
        after = self.after(request, FINISHED if by_finish else POSITION)
        rows = finished_after(job, after, AT_ONCE) if by_finish else items_after(job, wanted, after, AT_ONCE)
        if rows:
            after = (rows[-1].finish or after) if by_finish else rows[-1].position
        return Response({"items": items_json(job, rows), "after": f"{FINISHED if by_finish else POSITION}{after}"})

    def after(self, request: Request, letter: str) -> int:
        """The number in the cursor. Raises Refused."""
        text = request.query_params.get("after", "") or f"{letter}0"
        number = text[1:]
        if text[0] != letter or not (number.isascii() and number.isdigit() and len(number) < 19):
            raise Refused("after must be a value that this list gave.", fields={"after": "Unknown value."})
        return int(number)


class OneItem(APIView):
    """One file of a job."""

    @extend_schema(operation_id="api_jobs_item", responses=schema.ItemWithAttempts)
    def get(self, request: Request, job_id: str, position: str) -> Response:
        """The file with every attempt at it, the latest one last."""
        item = item_at(find(request, job_id), position, Item.objects.select_related("worker"))
        return Response(item_json(item) | {"attempts": attempts_json(item)})


class ItemOutput(APIView):
    """What was made of one file."""

    @extend_schema(responses={(200, "application/octet-stream"): bytes})
    def get(self, request: Request, job_id: str, position: str) -> FileResponse:
        """The file."""
        item = item_at(find(request, job_id), position, Item.objects.filter(result__isnull=False))
        try:
            path, name, content_type = item.job.kind_object.open_output(item)
            file = path.open("rb")
        except FileNotFoundError as gone:
            raise Http404 from gone
        response = FileResponse(file, content_type=content_type)  # Django closes the file when it has been sent
        response["Content-Disposition"] = disposition(name)  # afterwards: Django puts the name on the disk there
        return response


class Events(APIView):
    """The history of one job."""

    @extend_schema(responses=schema.Events)
    def get(self, request: Request, job_id: str) -> Response:
        """Every line, oldest first."""
        return Response({"events": [event_json(event) for event in find(request, job_id).events.all()]})


class Unprocessed(APIView):
    """The files of a job that have no result."""

    @extend_schema(responses={(200, "text/csv"): str})
    def get(self, request: Request, job_id: str) -> StreamingHttpResponse:
        """As CSV: position, name, path, status, error."""
        job = find(request, job_id)
        return StreamingHttpResponse(
            csv_lines(job),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": disposition(f"{job.title} unprocessed.csv")},
        )


def csv_lines(job: Job) -> Iterator[str]:
    """The lines of a job's unprocessed.csv, many in each piece; it ends early when the job is deleted meanwhile."""
    writer = csv.writer(Echo())
    yield writer.writerow(["position", "name", "path", "status", "error"])
    rows: Iterable[Item] = until_deleted(job, unprocessed(job))
    while piece := list(islice(rows, 1000)):
        paths = job.kind_object.paths([item.ref for item in piece if item.ref is not None])
        yield "".join(csv_line(writer, job, item, paths.get(item.ref or 0, "")) for item in piece)


def csv_line(writer: Any, job: Job, item: Item, path: str) -> str:
    """A file's line of unprocessed.csv."""
    item.job = job
    line: str = writer.writerow([item.position, cell(item.name), cell(path), item.status_shown, cell(item.error)])
    return line


def until_deleted(job: Job, items: Iterator[Item]) -> Iterator[Item]:
    """The items; without an error when there are no more of them because the job is gone."""
    try:
        yield from items
    except Job.DoesNotExist:
        logger.info("Job %s was deleted while a list of its files was downloaded", job.uuid)
