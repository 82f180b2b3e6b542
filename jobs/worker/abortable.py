"""Waiting for something asynchronous, such as an answer over HTTP, so that a stop ends it at once."""

from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError

from anyio.from_thread import start_blocking_portal

from jobs.stop import Stop


def run_abortable[T](function: Callable[[], Awaitable[T]], stop: Stop) -> T:
    """What the asynchronous function returns. Raises what it raises, and Stopped once a stop has cancelled it.

    It runs in a thread and an event loop of its own, which are gone when this returns: nothing of it goes on in
    secret. Make clients and sockets inside the function, so that they belong to that loop and are closed with it.
    """
    with start_blocking_portal() as portal:
        future = portal.start_task_soon(function)
        with stop.on_abort(future.cancel):
            try:
                return future.result()
            except CancelledError:
                stop.check()
                raise
