"""What there is without an engine: a Celery app as the tutorial has it, and one empty task a file."""

import os

from celery import Celery

app = Celery("plain", broker=os.environ.get("BENCHMARK_BROKER"), set_as_current=False)
app.conf.task_default_queue = "plain"
app.conf.task_ignore_result = True


@app.task(name="plain.nothing")
def nothing(number: int) -> None:
    """Do nothing, and write nothing down."""
