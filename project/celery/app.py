"""The Celery application: `celery -A project worker` finds it here."""

import os
from collections.abc import Callable
from typing import Any, Self

from billiard.process import current_process
from celery import Celery
from celery.app.amqp import AMQP
from celery.signals import worker_process_init
from django.conf import settings
from kombu import Connection

from project.celery.memory_limit import limit_memory
from project.supervisor.broker_address import explain_certificate_error
from project.supervisor.die_with_parent import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
# One thread a worker process for libvips, NumPy and Tesseract: the processes are the parallelism.
for library in ("VIPS_CONCURRENCY", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "OMP_THREAD_LIMIT"):
    os.environ.setdefault(library, "1")

ErrorCallback = Callable[[Exception, float], None]


class SteadyConnection(Connection):
    """Retries every two seconds (Kombu's own pauses grow to half a minute), and can be collected twice."""

    def ensure_connection(self, errback: ErrorCallback | None = None, *args: Any, **kwargs: Any) -> Self:
        """Connect, without a limit of time. `errback` gets each error and the seconds until the next try."""
        report = errback and (lambda error, seconds: errback(explain_certificate_error(error), seconds))
        return super().ensure_connection(report, *args, **{"interval_step": 0} | kwargs)

    def collect(self, *args: Any, **kwargs: Any) -> None:
        """Abandon a broken connection together with its channel.

        Kombu keeps the channel. If the channel cannot return its messages now, Kombu closes it a second time, without a
        transport, which ends the worker.
        """
        try:
            super().collect(*args, **kwargs)
        finally:
            # Private: https://github.com/celery/kombu/blob/v5.7.0/kombu/connection.py, _do_close_self closes it again.
            self._default_channel = None


class SteadyAMQP(AMQP):
    """Celery's AMQP layer with `SteadyConnection`."""

    Connection = SteadyConnection


app = Celery("stopbath", amqp=SteadyAMQP)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def die_with_worker(**kwargs: Any) -> None:
    """Let no child outlive a killed worker: the rescuer reclaims its items, so it must not process them any longer."""
    # The solo pool sends this signal in the worker itself, whose parent may be a shell.
    if current_process().name != "MainProcess":
        die_with_parent()


@worker_process_init.connect
def limit_child_memory(**kwargs: Any) -> None:
    """Limit the memory of each child to STOPBATH_MAX_MEMORY_MB: one file fails, not the whole machine."""
    if current_process().name != "MainProcess":
        limit_memory(settings.STOPBATH_MAX_MEMORY_MB)
