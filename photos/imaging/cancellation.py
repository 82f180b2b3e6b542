"""How work on a picture is stopped from another thread, and the one exception of a stop, from libvips to the caller."""

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
    """The work was stopped from outside; nothing was written."""


class Killer:
    """Stops whatever is being computed."""

    def __init__(self) -> None:
        self.stopped = False
        self.image: pyvips.Image | None = None

    def watch(self, image: pyvips.Image) -> pyvips.Image:
        """The image, which ends with an error as soon as stop is called; it may have been called already."""
        self.image = image
        if self.stopped:
            image.set_kill(True)
        return image

    def stop(self) -> None:
        """End the work; called from another thread."""
        self.stopped = True
        if self.image is not None:
            self.image.set_kill(True)

    def has_stopped(self) -> bool:
        """Whether the work is to end: for decoders that ask."""
        return self.stopped

    def check(self) -> None:
        """Raise Aborted once the work is to end: for loops over pages."""
        if self.stopped:
            raise Aborted

    def hold(self, image: pyvips.Image) -> pyvips.Image:
        """The image with all its pixels computed, so that they can be read in any order."""
        self.watch(image)
        if pixel_bytes(image) <= MAX_MEMORY_BYTES:
            return image.copy_memory()
        held = pyvips.Image.new_temp_file("%s.v")
        image.write(held)
        return held

    def hold_strip(self, frames: Iterable[pyvips.Image]) -> pyvips.Image:
        """Frames of one size, one below the other, each computed as it comes.

        Together they would keep the buffers of all their steps until the last is computed: gigabytes.
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
    """Inside, the work ends with Aborted when it is stopped, and with Unreadable when the file is at fault.

    What ends neither by an image nor by a check is ended by `end`, which a stop calls from its own thread.
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
        # libvips and PDFium know no reason for an end that was asked for.
        if killer.stopped:
            raise Aborted from error
        raise


def pixel_bytes(image: pyvips.Image) -> int:
    """How many bytes the pixels take, of 8 or 16 bits a colour."""
    return image.width * image.height * image.bands * (2 if image.format == "ushort" else 1)
