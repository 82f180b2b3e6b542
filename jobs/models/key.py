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

KEPT = timedelta(hours=24)


class IdempotencyKey(models.Model):
    """A key that a program sent with a submit, and the job that came of it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.CASCADE, related_name="keys")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("owner", "key"), name="key_of_owner"),)

    def __str__(self) -> str:
        return self.key

    @classmethod
    def claim(cls, owner: Any, key: str, body: Any) -> Self:
        """The key's row, locked; `job` is set when the same request was met before. Raises Refused (409)."""
        cls.objects.filter(owner=owner, at__lt=database_now() - KEPT).delete()
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        cls.objects.bulk_create([cls(owner=owner, key=key, digest=digest, at=database_now())], ignore_conflicts=True)
        known = cls.objects.select_for_update().get(owner=owner, key=key)
        if known.digest != digest:
            raise Refused("This Idempotency-Key was used for another request.", status=409)
        return known

    def keep(self, job: Any) -> None:
        """Remember which job came of it."""
        self.job = job
        self.save(update_fields=("job",))
