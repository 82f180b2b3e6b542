"""The pictures of a contact sheet: small JPEGs."""

from pathlib import Path
from typing import NamedTuple

from photos.imaging.cancellation import Aborting, stoppable
from photos.imaging.formats import FORMATS, Saving, Unreadable, format_of, sniff
from photos.imaging.pipeline import fit_inside
from photos.imaging.rendering import Render

MAX_SIDE_PIXELS = 200  # of the longer edge
JPEG_QUALITY = 70


class Picture(NamedTuple):
    """A small upright JPEG in sRGB without metadata."""

    jpeg: bytes
    width: int
    height: int


def make_picture(path: Path, aborting: Aborting) -> Picture | None:
    """A small picture of the first page or frame of a file; None if the file cannot be decoded. Raises Aborted."""
    jpeg = FORMATS["jpeg"]
    try:
        with stoppable(aborting) as killer:
            page = Render(path, format_of(sniff(path)), [fit_inside(MAX_SIDE_PIXELS)], killer).page()
            fitting = killer.watch(jpeg.adapt(page, Saving(jpeg.name, keep=frozenset())))
            return Picture(fitting.jpegsave_buffer(Q=JPEG_QUALITY, keep="none"), fitting.width, fitting.height)
    except (Unreadable, FileNotFoundError):
        return None
