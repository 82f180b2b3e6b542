"""Celery's prefork pool with a result reader that survives the loss of the broker connection."""

from collections.abc import Callable, Generator
from typing import Any

from celery.concurrency import asynpool, prefork


class ResultReader(asynpool.ResultHandler):
    """Reads the results of the children, and keeps partly read messages over a reset of the event loop.

    After a lost connection to the broker Celery resets its event loop and forgets partly read messages: the rest of a
    message would be taken for the next one, and the worker would end with "Unrecoverable error", or hang for ever.
    """

    # Overrides private methods of https://github.com/celery/celery/blob/v5.7.0/celery/concurrency/asynpool.py, whose
    # half-used generators the loop forgets since https://github.com/celery/celery/pull/10151.

    # Attributes that the type stubs of Celery lack.
    fileno_to_outq: dict[int, Any]
    on_state_change: Callable[[object], None]
    _hub: Any
    _recv_message: Callable[..., Generator[None]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # By file descriptor: the child that is writing, and the reader of its message.
        self.partial_reads = dict[int, tuple[Any, Generator[None]]]()

    def _make_process_result(self, hub: Any) -> Callable[[int], None]:
        """The callback of the event loop for a readable result pipe."""

        def on_result_readable(fileno: int) -> None:
            child = self.fileno_to_outq.get(fileno)
            if child is None:  # the child has ended
                self.partial_reads.pop(fileno, None)
                hub.remove_reader(fileno)
                return
            reader = self.take_partial_read(fileno, child) or self._recv_message(
                hub.add_reader, fileno, self.on_state_change
            )
            try:
                next(reader)
            except StopIteration:
                return
            except (OSError, EOFError):
                hub.remove_reader(fileno)
                return
            self.partial_reads[fileno] = child, reader

        return on_result_readable

    def take_partial_read(self, fileno: int, child: Any) -> Generator[None] | None:
        """Take the reader of this child's partly read message; None if there is none.

        The child is compared because the file descriptor may have belonged to another child before.
        """
        owner, reader = self.partial_reads.pop(fileno, (None, None))
        return reader if owner is child else None

    def _finish_partial_read(self, fd: int, proc: Any) -> bool:
        """Continue at shutdown where the event loop stopped, by Celery's own loop over `_hub.readers`."""
        if self._hub is not None and (reader := self.take_partial_read(fd, proc)):
            self._hub.readers[fd] = reader, ()
        return bool(super()._finish_partial_read(fd, proc))  # type: ignore[misc]


class AsyncPool(asynpool.AsynPool):
    """Celery's pool of processes with `ResultReader`."""

    ResultHandler = ResultReader


class Pool(prefork.TaskPool):
    """The pool that CELERY_WORKER_POOL names."""

    Pool = AsyncPool
