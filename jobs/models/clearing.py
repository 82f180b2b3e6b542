"""Delete the items of a removed job in batches, so that other writers never wait long for the database."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, transaction

from jobs.models.item import Attempt, Item

if TYPE_CHECKING:
    from jobs.models.job import Job

CLEAR_BATCH_SIZE = 2000  # rows


def clear_items(job: Job, until: float) -> bool:
    """Delete the job's items and attempts in batches; False if items are left at `until` (`time.monotonic`)."""
    while job.items.exists():
        if time.monotonic() > until:
            return False
        clear_batch(job)
    return True


def clear_batch(job: Job) -> None:
    """Delete up to CLEAR_BATCH_SIZE items. A concurrent call for the same job waits, then deletes the next batch."""
    with transaction.atomic():
        keys = job.items.select_for_update().order_by("phase", "position").values_list("pk", flat=True)
        # Evaluated once: after a concurrent delete, a subquery would choose other rows in each statement.
        batch = list(keys[:CLEAR_BATCH_SIZE])
        # Django's private API: `delete` would load every row to look for cascades. Attempts first, they refer to items.
        Attempt.objects.filter(item__in=batch)._raw_delete(using=DEFAULT_DB_ALIAS)
        Item.objects.filter(pk__in=batch)._raw_delete(using=DEFAULT_DB_ALIAS)
