"""Serializers of the API of jobs. Their keys are a public contract, and the OpenAPI document comes from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.urls import reverse
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers as s

from jobs import states
from jobs.errors import MAX_FIELD_NAME_CHARACTERS, Refused, field_refusal
from jobs.fields import BodySerializer, Flag, JoinedSerializer, Text
from jobs.kinds import registry
from jobs.models import Attempt, Item, Job, JobPhase, Pace
from jobs.models.counts import Counts, files_left
from jobs.models.managers import MAX_SELECTED_IDS
from jobs.text import as_uuid

CSRF_FIELD = "csrfmiddlewaretoken"  # what Django's forms send along


class ISODateTimeField(s.DateTimeField):
    """A time as ISO 8601 with its zone, +00:00 written out."""

    def to_representation(self, value: datetime) -> str:
        """The time as text."""
        return value.isoformat()


# ---------------------------------------------------------------- jobs


@dataclass
class JobSnapshot:
    """A job at one moment: phases and counts are read once. Raises DoesNotExist if the job was deleted."""

    job: Job
    rate: float
    phases: list[JobPhase] = field(init=False)
    counts: Counts = field(init=False)

    def __post_init__(self) -> None:
        self.phases, self.counts = self.job.phase_rows, self.job.counts

    @property
    def phase(self) -> str | None:
        """The name of the current phase; None after the end."""
        return self.phases[self.job.phase_number].name if self.job.active else None

    @property
    def eta_seconds(self) -> float | None:
        """Seconds until the files are done in every phase, if all go at this rate; None when unknown."""
        if self.job.status in states.ENDED or not self.rate:
            return None
        left = files_left(self.phases, self.job.phase_number)
        return max(round(left / self.rate, 1), 0.1) if left else None


class PhaseSerializer(s.Serializer[JobPhase]):
    """One phase of a job."""

    name = s.CharField()
    status = s.ChoiceField(states.PHASE_STATUSES)
    total = s.IntegerField()
    done = s.IntegerField(source="succeeded")
    failed = s.IntegerField()


class JobListSerializer(s.ListSerializer[Any]):
    """Several jobs, without a query for each that runs."""

    def to_representation(self, data: Any) -> list[Any]:
        """All of them."""
        jobs = list(data)
        rates = current_rates(jobs)
        return [self.child.at_rate(job, rates.get(job.pk, 0.0)) for job in jobs]  # type: ignore[union-attr]


class JobSerializer(s.Serializer[Any]):
    """One job."""

    id = s.UUIDField(source="job.uuid")
    kind = s.CharField(source="job.kind")
    title = s.CharField(source="job.title")
    status = s.ChoiceField(states.JOB_STATUSES, source="job.status")
    settled = s.BooleanField(source="job.settled")
    phase = s.CharField(allow_null=True)
    phases = PhaseSerializer(many=True)
    total = s.IntegerField(source="counts.total")
    succeeded = s.IntegerField(source="counts.succeeded")
    failed = s.IntegerField(source="counts.failed")
    skipped = s.IntegerField(source="counts.skipped")
    remaining = s.IntegerField(source="counts.remaining")
    in_flight = s.IntegerField(source="counts.in_flight")
    percent = s.FloatField(source="job.percent")
    rate = s.FloatField()
    eta_seconds = s.FloatField(allow_null=True)
    error = s.CharField(source="job.error", allow_blank=True)
    created_at = ISODateTimeField(source="job.created_at")
    started_at = ISODateTimeField(source="job.started_at", allow_null=True)
    ended_at = ISODateTimeField(source="job.ended_at", allow_null=True)
    cancelled_at = ISODateTimeField(source="job.cancelled_at", allow_null=True)
    cancelled_by = s.CharField(source="job.cancelled_by.get_username", allow_null=True)
    settled_at = ISODateTimeField(source="job.settled_at", allow_null=True)
    owner = s.CharField(source="job.owner.get_username", allow_null=True)

    class Meta:
        list_serializer_class = JobListSerializer

    def to_representation(self, job: Job) -> dict[str, Any]:
        """The job at the rate at which it goes now."""
        return self.at_rate(job, current_rates([job]).get(job.pk, 0.0))

    def at_rate(self, job: Job, rate: float) -> dict[str, Any]:
        """The job at a rate that is known."""
        return super().to_representation(JobSnapshot(job, rate))


def current_rates(jobs: Iterable[Job]) -> dict[int, float]:
    """Files a second over the last ten seconds, of those that run."""
    started = {job.pk: job.started_at for job in jobs if job.status == states.RUNNING and job.started_at}
    return Pace.rates(started) if started else {}


# ---------------------------------------------------------------- items


@extend_schema_serializer(component_name="Output")
class JoinedOutputSerializer(JoinedSerializer):
    """What is told of an output, whatever kind made it."""

    def parts(self) -> list[type[s.Serializer[Any]]]:
        """What each kind that makes files tells of them."""
        return [kind.output_serializer for kind in registry.values() if kind.makes_files]


class OutputField(s.Field[Any, Any, Any, Any]):
    """The output of an item as its kind describes it, with its address; null without an output."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"source": "*"})
        self.shape = JoinedOutputSerializer()

    def to_representation(self, item: Item) -> dict[str, Any] | None:
        """The output as JSON."""
        output = item.job.kind_object.output(item) if item.result else None
        if output is None:
            return None
        url = reverse("api:item-output", args=[item.job.uuid, item.position])
        return self.shape.to_representation({"url": url} | output)


class OutputFieldExtension(OpenApiSerializerFieldExtension):
    """Describes OutputField lazily: kinds are registered after this module is imported."""

    target_class = OutputField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """A reference to the component named Output, or null."""
        component = auto_schema.resolve_serializer(JoinedOutputSerializer, direction)
        return {"allOf": [component.ref], "nullable": True}


class ItemSerializer(s.Serializer[Item]):
    """One file of a job; its job is loaded."""

    position = s.IntegerField()
    name = s.CharField()
    status = s.ChoiceField(states.SHOWN_ITEM_STATUSES, source="status_shown")
    error = s.CharField(allow_blank=True)
    attempt = s.IntegerField()
    started_at = ISODateTimeField(allow_null=True)
    ended_at = ISODateTimeField(allow_null=True)
    duration_ms = s.IntegerField(allow_null=True)
    output = OutputField()


class ItemPageSerializer(s.Serializer[Any]):
    """Some files of a job, and where to go on."""

    items = ItemSerializer(many=True)
    after = s.CharField()


class NumberedAttempt(NamedTuple):
    """One attempt at an item with its number; the latest attempt is the item itself."""

    number: int
    attempt: Attempt | Item

    @property
    def worker(self) -> str:
        """The name of the worker; empty if it is not known."""
        return self.attempt.worker.name if self.attempt.worker else ""


class AttemptSerializer(s.Serializer[Any]):
    """One attempt at an item."""

    number = s.IntegerField()
    worker = s.CharField(allow_blank=True)
    started_at = ISODateTimeField(source="attempt.started_at", allow_null=True)
    ended_at = ISODateTimeField(source="attempt.ended_at", allow_null=True)
    error = s.CharField(source="attempt.error", allow_blank=True)


class ItemWithAttemptsSerializer(ItemSerializer):
    """One file of a job with every attempt at it that was begun, the latest one last."""

    attempts = s.SerializerMethodField()

    @extend_schema_field(AttemptSerializer(many=True))
    def get_attempts(self, item: Item) -> Any:
        """All of them."""
        looks = [NumberedAttempt(one.number, one) for one in item.attempts.select_related("worker")]
        if (looks[-1].number if looks else 0) != item.attempt:
            looks.append(NumberedAttempt(item.attempt, item))
        return AttemptSerializer(looks, many=True).data


# ---------------------------------------------------------------- events


class EventSerializer(s.Serializer[Any]):
    """One line of a history."""

    at = ISODateTimeField()
    event = s.ChoiceField(states.EVENTS)
    from_status = s.CharField(source="from_status", allow_blank=True)
    to_status = s.CharField(source="to_status")
    actor = s.CharField(allow_blank=True)
    door = s.ChoiceField(states.DOORS)
    reason = s.CharField(allow_blank=True)
    counts = s.DictField()

    def get_fields(self) -> dict[str, s.Field[Any, Any, Any, Any]]:
        """Renames `from_status` and `to_status` to `from` and `to`: `from` is a keyword of Python."""
        return {name.removesuffix("_status"): one for name, one in super().get_fields().items()}


class EventsSerializer(s.Serializer[Any]):
    """The history of one job."""

    events = EventSerializer(many=True)


# ---------------------------------------------------------------- what is asked for


@extend_schema_serializer(component_name="Submit")
class JoinedSubmitSerializer(JoinedSerializer):
    """What may be sent to submit a job, of all kinds together."""

    def parts(self) -> list[type[s.Serializer[Any]]]:
        """What each kind takes."""
        return [kind.submit_serializer for kind in registry.values()]


class CancelOptionsSerializer(BodySerializer):
    """How to stop a job."""

    finish = Flag(required=False)
    discard = Flag(required=False)


class JobIdListField(s.ListField):
    """Ids of jobs: texts that are none mean no job, as ids of nobody's do."""

    child = s.UUIDField()
    default_error_messages = dict.fromkeys(("not_a_list", "null"), "Must be a list of ids.")

    def to_internal_value(self, data: Any) -> list[UUID]:
        """The ids in a list of texts. Raises ValidationError for anything else, and Refused for too long a list."""
        if not isinstance(data, list) or not all(isinstance(one, str) for one in data):
            self.fail("not_a_list")
        if len(data) > MAX_SELECTED_IDS:
            raise field_refusal("jobs", f"Give at most {MAX_SELECTED_IDS:,} ids; leave jobs out to cancel everything.")
        return [uuid for uuid in map(as_uuid, data) if uuid]


class CancelSelectionSerializer(BodySerializer):
    """Which jobs to stop; all of the person's when `jobs` is left out."""

    jobs = JobIdListField(required=False, max_length=MAX_SELECTED_IDS)

    def to_internal_value(self, data: dict[str, Any]) -> dict[str, Any]:
        """The checked ids. Raises Refused for a misspelt name: what was meant for one job must not stop all of them."""
        if strange := [name for name in data if name not in (*self.fields, CSRF_FIELD)]:
            sentence = "Give jobs and nothing else; leave it out to cancel everything."
            raise Refused(sentence, fields={strange[0][:MAX_FIELD_NAME_CHARACTERS]: "There is no such field."})
        checked: dict[str, Any] = super().to_internal_value(data)
        return checked


class RetryOptionsSerializer(BodySerializer):
    """Which failed files to do again: all, or those that failed for one reason."""

    reason = Text(required=False, allow_blank=True, trim_whitespace=False)


class SuccessSerializer(s.Serializer[Any]):
    """It was done."""

    success = s.BooleanField()


class CancelledCountSerializer(SuccessSerializer):
    """It was done to that many jobs."""

    cancelled = s.IntegerField()


# ---------------------------------------------------------------- for commands


def job_json(job: Job) -> dict[str, Any]:
    """One job as JSON."""
    return dict(JobSerializer(job).data)


def jobs_json(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Several jobs as JSON."""
    return list(JobSerializer(jobs, many=True).data)


def events_json(job: Job) -> list[dict[str, Any]]:
    """The history of a job as JSON."""
    return list(EventSerializer(job.events.all(), many=True).data)
