"""The shapes of requests and answers, for the OpenAPI document alone."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers as s

from jobs import states


def text(name: str, help_text: str) -> OpenApiParameter:
    """A text in the address."""
    return OpenApiParameter(name, str, description=help_text)


JOB_FILTERS = [
    OpenApiParameter("status", str, enum=("active", *states.JOB_STATUSES)),
    text("kind", "Only jobs of this kind."),
    text("cursor", "Where to go on: part of the address in next."),
]
ITEM_FILTERS = [
    OpenApiParameter("status", str, enum=(*states.ITEM_STATUSES, states.SKIPPED)),
    text("after", "Where to go on: the value that the last answer gave."),
]

Phase = inline_serializer("Phase", {
    "name": s.CharField(), "status": s.ChoiceField(states.PHASE_STATUSES),
    "total": s.IntegerField(), "done": s.IntegerField(), "failed": s.IntegerField(),
})  # fmt: skip

Job = inline_serializer("Job", {
    "id": s.UUIDField(), "kind": s.CharField(), "title": s.CharField(),
    "status": s.ChoiceField(states.JOB_STATUSES), "settled": s.BooleanField(),
    "phase": s.CharField(allow_null=True), "phases": s.ListField(child=Phase),
    "total": s.IntegerField(), "succeeded": s.IntegerField(), "failed": s.IntegerField(),
    "skipped": s.IntegerField(), "remaining": s.IntegerField(), "in_flight": s.IntegerField(),
    "percent": s.FloatField(), "rate": s.FloatField(), "eta_seconds": s.FloatField(allow_null=True),
    "error": s.CharField(allow_blank=True), "created_at": s.DateTimeField(),
    "started_at": s.DateTimeField(allow_null=True), "ended_at": s.DateTimeField(allow_null=True),
    "cancelled_at": s.DateTimeField(allow_null=True), "cancelled_by": s.CharField(allow_null=True),
    "settled_at": s.DateTimeField(allow_null=True), "owner": s.CharField(allow_null=True),
})  # fmt: skip

JobPage = inline_serializer("JobPage", {
    "next": s.URLField(allow_null=True), "previous": s.URLField(allow_null=True), "results": s.ListField(child=Job),
})  # fmt: skip

Output = inline_serializer("Output", {
    "url": s.CharField(), "name": s.CharField(), "format": s.CharField(),
    "width": s.IntegerField(), "height": s.IntegerField(), "size": s.IntegerField(),
    "notes": s.ListField(child=s.CharField(), required=False),
}, allow_null=True)  # fmt: skip

ITEM: dict[str, s.Field[Any, Any, Any, Any]] = {
    "position": s.IntegerField(), "name": s.CharField(),
    "status": s.ChoiceField((*states.ITEM_STATUSES, states.SKIPPED)),
    "error": s.CharField(allow_blank=True), "attempt": s.IntegerField(),
    "started_at": s.DateTimeField(allow_null=True), "ended_at": s.DateTimeField(allow_null=True),
    "duration_ms": s.IntegerField(allow_null=True), "output": Output,
}  # fmt: skip
Item = inline_serializer("Item", ITEM)

Attempt = inline_serializer("Attempt", {
    "number": s.IntegerField(), "worker": s.CharField(allow_blank=True),
    "started_at": s.DateTimeField(allow_null=True), "ended_at": s.DateTimeField(allow_null=True),
    "error": s.CharField(allow_blank=True),
})  # fmt: skip
ItemWithAttempts = inline_serializer("ItemWithAttempts", ITEM | {"attempts": s.ListField(child=Attempt)})

ItemPage = inline_serializer("ItemPage", {"items": s.ListField(child=Item), "after": s.CharField()})

Event = inline_serializer("Event", {
    "at": s.DateTimeField(), "event": s.ChoiceField(states.EVENTS),
    "from": s.CharField(allow_blank=True), "to": s.CharField(), "actor": s.CharField(allow_blank=True),
    "door": s.ChoiceField(states.DOORS), "reason": s.CharField(allow_blank=True), "counts": s.DictField(),
})  # fmt: skip

Events = inline_serializer("Events", {"events": s.ListField(child=Event)})

Submit = inline_serializer("Submit", {
    "kind": s.CharField(), "photos": s.JSONField(help_text='A list of 1 to 10,000 ids, or "all".'),
    "filter": s.DictField(required=False), "steps": s.ListField(child=s.DictField(), required=False),
    "recipe": s.UUIDField(required=False), "classify": s.BooleanField(required=False),
    "catalogue": s.BooleanField(required=False), "title": s.CharField(required=False),
    "deliver": s.JSONField(required=False, help_text="true, or the name of a folder in the folder of results."),
})  # fmt: skip

CancelOptions = inline_serializer("CancelOptions", {
    "finish": s.BooleanField(required=False), "discard": s.BooleanField(required=False),
})  # fmt: skip
CancelSelection = inline_serializer(
    "CancelSelection", {"jobs": s.ListField(child=s.UUIDField(), required=False, max_length=10_000)}
)
RetryOptions = inline_serializer("RetryOptions", {"reason": s.CharField(required=False)})
Success = inline_serializer("Success", {"success": s.BooleanField()})
CancelledCount = inline_serializer("CancelledCount", {"success": s.BooleanField(), "cancelled": s.IntegerField()})
