"""Log filters of the workers."""

import logging

from billiard.exceptions import WorkerLostError


class LostWorkerFilter(logging.Filter):
    """Reports a lost worker process in one line, without the traceback of the process that noticed.

    The reason is logged before: by the watcher that ended the process, or by a traceback of the process itself.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.args[0] if isinstance(record.args, tuple) and record.args else None
        if isinstance(error, WorkerLostError):
            reason = str(error).removeprefix("Worker exited prematurely: ").rstrip(".")
            record.msg, record.args = "A worker process ended in the middle of a turn: %s", (reason,)
            record.exc_info = record.exc_text = None
        return True
