"""A Celery app as in the tutorial, with an empty task for each file: the baseline of the engine."""

import os

from celery import Celery

app = Celery("plain", broker=os.environ.get("BENCHMARK_BROKER"), set_as_current=False)
app.conf.task_default_queue = "plain"
app.conf.task_ignore_result = True


@app.task(name="plain.nothing")
def nothing(number: int) -> None:
    """Do nothing."""
