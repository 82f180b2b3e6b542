"""Stops work on a picture from another thread: libvips is killed, loops check, and the caller gets Aborted."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pyvips

from photos.imaging.formats import Unreadable, plain_errors
from photos.imaging.formats.metadata import vips_fields

# A context manager; while it is open, a stop calls the callback from another thread, and at once if it came before.
type Aborting = Callable[[Callable[[], None]], AbstractContextManager[Any]]

MAX_MEMORY_BYTES = 128 * 1024 * 1024  # bytes of pixels; what is larger is held in a temporary file


class Aborted(Exception):
    """The work was stopped from outside; no output was written."""


class Killer:
    """Stops the computation of images, from any thread."""

    def __init__(self) -> None:
        self.stopped = False
        self.image: pyvips.Image | None = None

    def watch(self, image: pyvips.Image) -> pyvips.Image:
        """The image, whose computation fails as soon as `stop` is called, or at once if it was."""
        # First the image, then the question: a stop in between kills the image, and one before is seen here.
        self.image = image
        if self.stopped:
            image.set_kill(True)
        return image

    def stop(self) -> None:
        """Stop the work; called from another thread."""
        # First the flag, then the image: `watch` does it the other way round, so that no stop is lost.
        self.stopped = True
        if self.image is not None:
            self.image.set_kill(True)

    def has_stopped(self) -> bool:
        """Whether the work must end: for decoders that poll."""
        return self.stopped

    def check(self) -> None:
        """Raise Aborted if the work must end: for loops over pages."""
        if self.stopped:
            raise Aborted

    def hold(self, image: pyvips.Image) -> pyvips.Image:
        """The image with all its pixels computed, in memory or in a temporary file, for reading in any order."""
        self.watch(image)
        if pixel_bytes(image) <= MAX_MEMORY_BYTES:
            return image.copy_memory()
        copy = pyvips.Image.new_temp_file("%s.v")
        image.write(copy)
        return copy

    def hold_strip(self, frames: Iterable[pyvips.Image]) -> pyvips.Image:
        """An animation strip of frames of one size, each computed as it comes.

        Computed together they would keep the buffers of all their steps until the last is finished: gigabytes.
        """
        full, rest = [], []
        for frame in frames:
            rest.append(self.hold(frame))
            if len(rest) * pixel_bytes(frame) > MAX_MEMORY_BYTES:
                full.append(self.hold(vips_fields.build_strip(rest)))
                rest = []
        return vips_fields.join_strips([*full, vips_fields.build_strip(rest)] if rest else full, frame.height)


def never(stop: Callable[[], None]) -> AbstractContextManager[None]:
    """An `aborting` for work that nobody stops."""
    return nullcontext()


@contextmanager
def stoppable(aborting: Aborting, end: Callable[[], object] | None = None) -> Iterator[Killer]:
    """Yield a Killer for a block that raises Aborted if it is stopped, and Unreadable if the file is at fault.

    `end` is called by a stop, from its thread: for work that neither an image nor a check can end.
    """
    killer = Killer()

    def stop() -> None:
        killer.stop()
        if end is not None:
            end()

    try:
        with plain_errors(), aborting(stop):
            yield killer
    except Unreadable as error:
        # libvips and PDFium report a stop as an error like any other: only the flag tells them apart.
        if killer.stopped:
            raise Aborted from error
        raise


def pixel_bytes(image: pyvips.Image) -> int:
    """The size of the image's pixels in bytes, of 8 or 16 bits a band."""
    return image.width * image.height * image.bands * (2 if image.format == "ushort" else 1)
