"""What is told of a worker process that has ended in the middle of a turn."""

import logging

from billiard.exceptions import WorkerLostError


class LostWorkerFilter(logging.Filter):
    """Tells it in one line. What Celery adds is the traceback of the process that noticed, which says nothing.

    Why it ended stands before: the watcher ended it and says so, or its last words are a traceback of its own.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        lost = record.args[0] if isinstance(record.args, tuple) and record.args else None
        if isinstance(lost, WorkerLostError):
            how = str(lost).removeprefix("Worker exited prematurely: ").rstrip(".")
            record.msg, record.args = "A worker process ended in the middle of a turn: %s", (how,)
            record.exc_info = record.exc_text = None
        return True
