"""The pool of a worker: Celery's own, which does not lose its place in what a child says when the broker goes away."""

from collections.abc import Callable, Generator
from typing import Any

from celery.concurrency import asynpool, prefork


class ResultReader(asynpool.ResultHandler):
    """Reads what the children say, and remembers what it has read in part.

    After a lost connection to the broker Celery resets its event loop, which forgets the half-read messages: their rest
    would be taken for the next message, and the worker would end with "Unrecoverable error", or hang for ever.
    """

    # Overrides private methods of https://github.com/celery/celery/blob/v5.7.0/celery/concurrency/asynpool.py, whose
    # half-used generators the loop forgets since https://github.com/celery/celery/pull/10151.

    # What the stubs of Celery do not know of its class.
    fileno_to_outq: dict[int, Any]
    on_state_change: Callable[[object], None]
    _hub: Any
    _recv_message: Callable[..., Generator[None]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.partial_reads = dict[
            int, tuple[Any, Generator[None]]
        ]()  # by file descriptor: whose message, and its reader

    def _make_process_result(self, hub: Any) -> Callable[[int], None]:
        """What the event loop calls when a child has said something."""

        def on_result_readable(fileno: int) -> None:
            child = self.fileno_to_outq.get(fileno)
            if child is None:  # it has ended
                self.partial_reads.pop(fileno, None)
                hub.remove_reader(fileno)
                return
            reading = self.take_partial_read(fileno, child) or self._recv_message(
                hub.add_reader, fileno, self.on_state_change
            )
            try:
                next(reading)
            except StopIteration:
                return
            except (OSError, EOFError):
                hub.remove_reader(fileno)
                return
            self.partial_reads[fileno] = child, reading

        return on_result_readable

    def take_partial_read(self, fileno: int, child: Any) -> Generator[None] | None:
        """The half-read message of this child; a file descriptor may have been another one's before."""
        whose, reading = self.partial_reads.pop(fileno, (None, None))
        return reading if whose is child else None

    def _finish_partial_read(self, fd: int, proc: Any) -> bool:
        """At the worker's end: go on where the event loop stopped, the way Celery does it."""
        if self._hub is not None and (reading := self.take_partial_read(fd, proc)):
            self._hub.readers[fd] = reading, ()
        return bool(super()._finish_partial_read(fd, proc))  # type: ignore[misc]


class AsyncPool(asynpool.AsynPool):
    """Celery's pool of processes, with that reader."""

    ResultHandler = ResultReader


class Pool(prefork.TaskPool):
    """What CELERY_WORKER_POOL names."""

    Pool = AsyncPool
