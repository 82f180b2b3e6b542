"""Where the messages of a test go."""

from collections.abc import Iterator
from contextlib import contextmanager

from celery import current_app

from jobs import queue


@contextmanager
def broker_in_memory() -> Iterator[None]:
    """Messages go nowhere while this lasts: nobody waits for them."""
    usual = current_app.conf.broker_url
    use_broker("memory://")
    yield
    use_broker(usual)


def use_broker(address: str) -> None:
    """Send messages there from now on."""
    queue.flush()  # what waits to be sent goes to the broker it was meant for
    current_app.conf.broker_url = address
    current_app._after_fork()  # forgets the connections, as a new process does
