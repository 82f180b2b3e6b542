"""The rescuer's loop: a thread of beat, so that it depends on neither free workers nor the broker."""

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
    """Call `rescue` every RESCUE_SECONDS until the process ends; a database error is logged."""
    rescued_at = 0.0
    while True:
        began = time.monotonic()
        try:
            # While the database was unreachable no heartbeat could be written: an expired lease proves nothing then.
            rescue(check_leases=began - rescued_at < LEASE_SECONDS)
            rescued_at = time.monotonic()
        except Error as error:
            logger.log(*log_entry(error))
            connection.close()
        time.sleep(max(0.0, began + RESCUE_SECONDS - time.monotonic()))


def log_entry(error: Error) -> tuple[int, str]:
    """The level and the message of a database error in the log."""
    if is_unmigrated(error):
        return logging.ERROR, f"The rescuer cannot work: {describe_error(error)}"
    return logging.WARNING, f"The rescuer cannot reach the database: {error}"


@signals.beat_init.connect
@signals.beat_embedded_init.connect
def beat_is_ready(**_: Any) -> None:
    """Start the rescuer in beat, the only process of which there is exactly one."""
    threading.Thread(target=run_rescuer, name="rescuer", daemon=True).start()
