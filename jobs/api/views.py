"""The API of jobs: each view finds the job, calls one verb and says what happened."""

from __future__ import annotations

import csv
import hashlib
import json
import logging
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import DestroyAPIView, ListCreateAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from jobs import states
from jobs.api.doors import door_of
from jobs.api.generic import OwnedView
from jobs.api.paging import NewestFirstPagination, PageSchema
from jobs.api.serializers import (
    CancelledCountSerializer,
    CancelOptionsSerializer,
    CancelSelectionSerializer,
    EventsSerializer,
    ItemPageSerializer,
    ItemWithAttemptsSerializer,
    JobSerializer,
    JoinedSubmitSerializer,
    RetryOptionsSerializer,
    SuccessSerializer,
)
from jobs.errors import NotPossible, Refused
from jobs.fields import require_json_object
from jobs.kinds import Kind, registry
from jobs.models import IdempotencyKey, Item, Job
from jobs.models.idempotency import MAX_KEY_CHARACTERS
from jobs.models.items_page import FINISHED, POSITION, finished_after, items_after, unprocessed_items
from jobs.text import CSV_CONTENT_TYPE, Echo, as_number, content_disposition, escape_cell
from jobs.wording import NOT_FOUND_OR_COMPLETED

logger = logging.getLogger(__name__)

ITEMS_PER_PAGE = 500

JOB_FILTERS = [
    OpenApiParameter("status", str, enum=states.SELECTABLE_STATUSES),
    OpenApiParameter("kind", str, description="Only jobs of this kind."),
    OpenApiParameter("cursor", str, description="Where to go on: part of the address in next."),
]
ITEM_FILTERS = [
    OpenApiParameter("status", str, enum=states.SHOWN_ITEM_STATUSES),
    OpenApiParameter("after", str, description="Where to go on: the value that the last answer gave."),
]


class JobsView(OwnedView[Job]):
    """A view of the user's jobs."""

    queryset = Job.objects.with_counts()
    serializer_class: type[BaseSerializer[Any]] = JobSerializer
    lookup_url_kwarg = "job_id"

    def job_response(self) -> Response:
        """The job as it stands now."""
        return Response(self.get_serializer(self.get_object()).data)


def get_item(job: Job, position: str, items: QuerySet[Item]) -> Item:
    """The file of a job at that position, if it is among these. Raises Http404."""
    item = items.filter(job=job, phase=0, position=as_number(position) or 0).first()
    if item is None:
        raise Http404
    item.job = job
    return item


def require_status(wanted: str, known: Collection[str]) -> None:
    """Raise Refused for a status that a list cannot be narrowed to."""
    if wanted not in known:
        raise Refused(f"There is no status {wanted!r}.", fields={"status": "Unknown status."})


class Jobs(JobsView, ListCreateAPIView[Job]):
    """All jobs of the person."""

    pagination_class = NewestFirstPagination
    schema = PageSchema()

    @extend_schema(operation_id="api_jobs_list", parameters=JOB_FILTERS)
    def get(self, request: Request) -> Response:
        """The history, newest first."""
        return self.list(request)

    def filter_queryset(self, queryset: Any) -> Any:
        """Narrowed by what the address asks for. Raises Refused."""
        wanted, kind = self.request.query_params.get("status"), self.request.query_params.get("kind")
        if wanted:
            require_status(wanted, states.SELECTABLE_STATUSES)
            queryset = queryset.in_status(wanted)
        return queryset.filter(kind=kind) if kind else queryset

    @extend_schema(request=JoinedSubmitSerializer, responses={201: JobSerializer})
    def post(self, request: Request) -> Response:
        """Submit a job."""
        kind, key = self.kind(), request.headers.get("Idempotency-Key", "")
        if len(key) > MAX_KEY_CHARACTERS:
            raise Refused(f"The Idempotency-Key is longer than {MAX_KEY_CHARACTERS} characters.")
        known = IdempotencyKey.find_job(request.user, key, request.data) if key else None
        job = known or self.submit(kind, key)
        return Response(self.get_serializer(job).data, status=status.HTTP_201_CREATED)

    def kind(self) -> Kind:
        """The kind that the body names. Raises Refused."""
        name = require_json_object(self.request.data).get("kind")
        kind = registry.get(name) if isinstance(name, str) else None
        if kind is None:
            choices = ", ".join(sorted(registry))
            raise Refused(f"kind must be one of: {choices}.", fields={"kind": f"Must be one of: {choices}."})
        return kind

    def submit(self, kind: Kind, key: str) -> Job:
        """Submit the job, or find that of an equal request. Raises Refused or ValidationError."""
        user, body = self.request.user, self.request.data
        # Validated before the transaction: sums over a library would keep all others from writing to SQLite.
        asked = kind.submission(self.validate_body(kind.submit_serializer), user)
        with transaction.atomic():
            claimed = IdempotencyKey.claim(user, key, body) if key else None
            if claimed and claimed.job:  # the same request was quicker
                return claimed.job
            job = Job.submit(kind.name, asked, user, door_of(self.request))
            if claimed:
                claimed.set_job(job)
        return job


class OneJob(JobsView, RetrieveAPIView[Job], DestroyAPIView[Job]):
    """One job."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        answer = self.get_serializer(self.get_object()).data
        etag = quote_etag(hashlib.sha256(json.dumps(answer).encode()).hexdigest()[:32])
        response = Response(answer, headers={"ETag": etag, "Cache-Control": "private, no-cache"})
        return get_conditional_response(request, etag=etag, response=response) or response

    @extend_schema(description="The job as it stands; 304 when nothing changed since the ETag.")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        return self.retrieve(request)

    def perform_destroy(self, job: Job) -> None:
        job.remove(by=self.request.user, door=door_of(self.request))

    @extend_schema(description="Delete it with its outputs, never originals.")
    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.destroy(request)


class Cancel(JobsView):
    """Stop one job."""

    @extend_schema(request=CancelOptionsSerializer, responses=SuccessSerializer)
    def post(self, request: Request, job_id: str) -> Response:
        """Cancel; once more is no error."""
        options = self.validate_body(CancelOptionsSerializer)
        try:
            self.get_object().cancel(by=request.user, door=door_of(request), **options)
        except (Http404, NotPossible, Job.DoesNotExist) as gone:
            raise Refused(NOT_FOUND_OR_COMPLETED) from gone
        return Response({"success": True})


class CancelSeveral(JobsView):
    """Stop all jobs of the person, or those named."""

    @extend_schema(
        operation_id="api_jobs_cancel_several", request=CancelSelectionSerializer, responses=CancelledCountSerializer
    )
    def post(self, request: Request) -> Response:
        """Cancel everything that runs or waits."""
        options = self.validate_body(CancelSelectionSerializer)
        jobs = Job.objects.visible_to(request.user)
        if "jobs" in options:
            jobs = jobs.filter(uuid__in=options["jobs"])
        return Response({"success": True, "cancelled": jobs.cancel(by=request.user, door=door_of(request))})


class Resume(JobsView):
    """Go on with what is left of a cancelled job."""

    @extend_schema(request=None)
    def post(self, request: Request, job_id: str) -> Response:
        """Resume; 409 when there is nothing to do or it has not settled."""
        self.get_object().resume(by=request.user, door=door_of(request))
        return self.job_response()


class Retry(JobsView):
    """Do failed files again."""

    @extend_schema(request=RetryOptionsSerializer)
    def post(self, request: Request, job_id: str) -> Response:
        """Retry; 409 when there is nothing to do or it has not settled."""
        options = self.validate_body(RetryOptionsSerializer)
        self.get_object().retry(by=request.user, door=door_of(request), **options)
        return self.job_response()


class Items(JobsView):
    """The files of a job."""

    serializer_class = ItemPageSerializer

    @extend_schema(parameters=ITEM_FILTERS)
    def get(self, request: Request, job_id: str) -> Response:
        """Finished ones in the order they finished, or those in one status by position."""
        job = self.get_object()
        wanted = request.query_params.get("status", "")
        if wanted:
            require_status(wanted, states.SHOWN_ITEM_STATUSES)
        letter = POSITION if wanted else FINISHED
        after = self.after(letter)
        rows = items_after(job, wanted, after, ITEMS_PER_PAGE) if wanted else finished_after(job, after, ITEMS_PER_PAGE)
        if rows:
            after = rows[-1].position if wanted else (rows[-1].finish or after)
        for item in rows:
            item.job = job
        return Response(self.get_serializer({"items": rows, "after": f"{letter}{after}"}).data)

    def after(self, letter: str) -> int:
        """The number in the cursor after its letter. Raises Refused."""
        text = self.request.query_params.get("after", "") or f"{letter}0"
        number = as_number(text[1:])
        if text[0] != letter or number is None:
            raise Refused("after must be a value that this list gave.", fields={"after": "Unknown value."})
        return number


class OneItem(JobsView):
    """One file of a job."""

    serializer_class = ItemWithAttemptsSerializer

    @extend_schema(operation_id="api_jobs_item")
    def get(self, request: Request, job_id: str, position: str) -> Response:
        """The file with every attempt at it, the latest one last."""
        item = get_item(self.get_object(), position, Item.objects.select_related("worker"))
        return Response(self.get_serializer(item).data)


class ItemOutput(JobsView):
    """What was made of one file."""

    @extend_schema(responses={(200, "application/octet-stream"): bytes})
    def get(self, request: Request, job_id: str, position: str) -> FileResponse:
        """The file."""
        item = get_item(self.get_object(), position, Item.objects.filter(result__isnull=False))
        try:
            path, name, content_type = item.job.kind_object.open_output(item)
            file = path.open("rb")
        except FileNotFoundError as gone:
            raise Http404 from gone
        response = FileResponse(file, content_type=content_type)  # Django closes the file when it has been sent
        # Set last: Django derives the header from the name on disk.
        response["Content-Disposition"] = content_disposition(name)
        return response


class Events(JobsView):
    """The history of one job."""

    serializer_class = EventsSerializer

    def get(self, request: Request, job_id: str) -> Response:
        """Every line, oldest first."""
        return Response(self.get_serializer({"events": self.get_object().events.all()}).data)


class Unprocessed(JobsView):
    """The files of a job that have no result."""

    @extend_schema(responses={(200, "text/csv"): str})
    def get(self, request: Request, job_id: str) -> StreamingHttpResponse:
        """As CSV: position, name, path, status, error."""
        job = self.get_object()
        return StreamingHttpResponse(
            csv_lines(job),
            content_type=CSV_CONTENT_TYPE,
            headers={"Content-Disposition": content_disposition(f"{job.title} unprocessed.csv")},
        )


def csv_lines(job: Job) -> Iterator[str]:
    """The lines of unprocessed.csv, 1,000 in each piece; ends early if the job is deleted during the download."""
    writer = csv.writer(Echo())
    yield writer.writerow(["position", "name", "path", "status", "error"])
    rows: Iterable[Item] = until_deleted(job, unprocessed_items(job))
    while piece := list(islice(rows, 1000)):
        paths = job.kind_object.paths([item.ref for item in piece if item.ref is not None])
        yield "".join(csv_line(writer, job, item, paths.get(item.ref or 0, "")) for item in piece)


def csv_line(writer: Any, job: Job, item: Item, path: str) -> str:
    """A file's line of unprocessed.csv."""
    item.job = job
    line: str = writer.writerow(
        [item.position, escape_cell(item.name), escape_cell(path), item.status_shown, escape_cell(item.error)]
    )
    return line


def until_deleted(job: Job, items: Iterator[Item]) -> Iterator[Item]:
    """The items, ended without an error if the job is deleted during the download."""
    try:
        yield from items
    except Job.DoesNotExist:
        logger.info("Job %s was deleted while a list of its files was downloaded", job.uuid)
