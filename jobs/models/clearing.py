"""The items of a deleted job go piece by piece, so that nobody else waits for the database."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, transaction

from jobs.models.item import Attempt, Item

if TYPE_CHECKING:
    from jobs.models.job import Job

CLEAR_BATCH_SIZE = 2000  # rows


def clear_items(job: Job, until: float) -> bool:
    """Delete them in pieces between which others can write; False when some are left at that monotonic time."""
    while job.items.exists():
        if time.monotonic() > until:
            return False
        clear_batch(job)
    return True


def clear_batch(job: Job) -> None:
    """Delete some of them. Somebody else who clears the same job waits, and takes others."""
    with transaction.atomic():
        some = job.items.select_for_update().order_by("phase", "position").values_list("pk", flat=True)
        # Read once: as a subquery each statement would find rows of its own, when others have deleted some meanwhile.
        piece = list(some[:CLEAR_BATCH_SIZE])
        Attempt.objects.filter(item__in=piece)._raw_delete(using=DEFAULT_DB_ALIAS)
        Item.objects.filter(pk__in=piece)._raw_delete(using=DEFAULT_DB_ALIAS)
