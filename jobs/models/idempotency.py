"""Idempotency keys: the same request sent twice makes one job."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models

from jobs.clock import database_now
from jobs.errors import Refused

KEY_LIFETIME = timedelta(hours=24)
MAX_KEY_CHARACTERS = 255


class IdempotencyKey(models.Model):
    """A key that a client sent with a submit, and the job that the submit created."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=MAX_KEY_CHARACTERS)
    digest = models.CharField(max_length=64)
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.CASCADE, related_name="keys")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("owner", "key"), name="key_of_owner"),)

    def __str__(self) -> str:
        return self.key

    @classmethod
    def find_job(cls, owner: Any, key: str, body: Any) -> Any:
        """The job that an equal request with this key created; None without one. Takes no lock.

        Raises Refused (409) if the key was used for another request.
        """
        known = (
            cls.objects.filter(owner=owner, key=key, at__gte=database_now() - KEY_LIFETIME)
            .select_related("job")
            .first()
        )
        if known is None:
            return None
        known.check_digest(request_digest(body))
        return known.job

    @classmethod
    def claim(cls, owner: Any, key: str, body: Any) -> Self:
        """The key's row, locked; `job` is set if an equal request created one.

        Raises Refused (409) if the key was used for another request.
        """
        cls.objects.filter(owner=owner, at__lt=database_now() - KEY_LIFETIME).delete()
        digest = request_digest(body)
        cls.objects.bulk_create([cls(owner=owner, key=key, digest=digest, at=database_now())], ignore_conflicts=True)
        known = cls.objects.select_for_update().get(owner=owner, key=key)
        known.check_digest(digest)
        return known

    def check_digest(self, digest: str) -> None:
        """Raise Refused (409) if the key belongs to a request with another digest."""
        if self.digest != digest:
            raise Refused("This Idempotency-Key was used for another request.", status=409)

    def set_job(self, job: Any) -> None:
        self.job = job
        self.save(update_fields=("job",))


def request_digest(body: Any) -> str:
    """The SHA-256 of a request's body as hex; the order of the keys does not matter."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
