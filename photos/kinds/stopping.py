"""A stop, from pictures to the engine."""

from collections.abc import Iterator
from contextlib import contextmanager

from jobs.stop import Stopped
from photos.imaging.cancellation import Aborted


@contextmanager
def as_engine_stop() -> Iterator[None]:
    """Inside, work on pictures that was stopped ends as the engine knows it: with Stopped."""
    try:
        yield
    except Aborted as error:
        raise Stopped from error
