"""The rescuer at work: a thread of beat, so that neither busy workers nor a broker that is away keep it waiting."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from celery import signals
from django.db import Error, connection

from jobs.clock import describe_error, is_unmigrated
from jobs.models.lane import LEASE_SECONDS
from jobs.recovery.rescue import rescue

logger = logging.getLogger(__name__)

RESCUE_SECONDS = 1.0  # seconds


def run_rescuer() -> None:
    """Look every second, until the process ends; a database that is away is asked again."""
    looked_at = 0.0
    while True:
        began = time.monotonic()
        try:
            # With the database away no heartbeat could be written either: an expired lease proves nothing then.
            rescue(check_leases=began - looked_at < LEASE_SECONDS)
            looked_at = time.monotonic()
        except Error as error:
            logger.log(*log_entry(error))
            connection.close()
        time.sleep(max(0.0, began + RESCUE_SECONDS - time.monotonic()))


def log_entry(error: Error) -> tuple[int, str]:
    """How loud to say what keeps the rescuer from its work, and how."""
    if is_unmigrated(error):
        return logging.ERROR, f"The rescuer cannot work: {describe_error(error)}"
    return logging.WARNING, f"The rescuer cannot reach the database: {error}"


@signals.beat_init.connect
@signals.beat_embedded_init.connect
def beat_is_ready(**_: Any) -> None:
    """Beat is the one process that there is once."""
    threading.Thread(target=run_rescuer, name="rescuer", daemon=True).start()
