"""A Celery app whose workers break as soon as the file that BREAKS_AT names is there; their pools never end then."""

import os
import time
from functools import partial
from pathlib import Path
from typing import Any

from celery import signals

from tests.real.app import app

from jobs.worker import shutdown  # isort: skip - the app sets Django up

__all__ = ["app"]

shutdown.RELEASE_AFTER_SECONDS, shutdown.EXIT_AFTER_SECONDS = 0.5, 1.5


@signals.worker_ready.connect
def look(sender: Any, **_: Any) -> None:
    """Raise something in the worker's event loop that Celery does not expect."""

    def look_again() -> None:
        if Path(os.environ["BREAKS_AT"]).exists():
            sender.pool.stop = partial(time.sleep, 60)
            sender.hub.call_soon(raise_something)

    sender.hub.timer.call_repeatedly(0.1, look_again)


def raise_something() -> None:
    raise ZeroDivisionError
