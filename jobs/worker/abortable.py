"""Run asynchronous code, such as an HTTP request, so that an abort cancels it at once."""

from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError

from anyio.from_thread import start_blocking_portal

from jobs.stop import Stop


def run_abortable[T](function: Callable[[], Awaitable[T]], stop: Stop) -> T:
    """Run an asynchronous function and return its result. Raises its exceptions, and Stopped after an abort.

    The function runs in a thread and an event loop of its own, which end before this returns. Create clients and
    sockets inside the function, so that they belong to that loop and are closed with it.
    """
    with start_blocking_portal() as portal:
        future = portal.start_task_soon(function)
        with stop.on_abort(future.cancel):
            try:
                return future.result()
            except CancelledError:
                stop.check()
                raise
