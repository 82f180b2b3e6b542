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
    """A key that a program sent with a submit, and the job that came of it."""

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
        """The job that came of the same request; None when there is none yet. Raises Refused (409).

        Locks and writes nothing.
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
        """The key's row, locked; `job` is set when the same request was met before. Raises Refused (409)."""
        cls.objects.filter(owner=owner, at__lt=database_now() - KEY_LIFETIME).delete()
        digest = request_digest(body)
        cls.objects.bulk_create([cls(owner=owner, key=key, digest=digest, at=database_now())], ignore_conflicts=True)
        known = cls.objects.select_for_update().get(owner=owner, key=key)
        known.check_digest(digest)
        return known

    def check_digest(self, digest: str) -> None:
        """Raise Refused (409) when the key was sent with another request than this one."""
        if self.digest != digest:
            raise Refused("This Idempotency-Key was used for another request.", status=409)

    def set_job(self, job: Any) -> None:
        """Remember which job came of it."""
        self.job = job
        self.save(update_fields=("job",))


def request_digest(body: Any) -> str:
    """What stands for a request, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
