"""Translates the imaging package's exception of a stop into the engine's."""

from collections.abc import Iterator
from contextlib import contextmanager

from jobs.stop import Stopped
from photos.imaging.cancellation import Aborted


@contextmanager
def as_engine_stop() -> Iterator[None]:
    """Raise Stopped in place of Aborted."""
    try:
        yield
    except Aborted as error:
        raise Stopped from error
