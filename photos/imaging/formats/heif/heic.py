"""HEIC through libheif's own wheel: the bundled libvips reads everything of such files but the pixels."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pi_heif
import pyvips

from photos.imaging.formats.base import Format
from photos.imaging.formats.colour.cicp import apply_cicp, hdr_losses
from photos.imaging.formats.errors import Unreadable, explain
from photos.imaging.formats.metadata import vips_fields

pi_heif.options.DECODE_THREADS = 1  # as for libvips: one picture and one thread a process
BANDS_BY_MODE = {"L": 1, "I": 1, "LA": 2, "RGB": 3, "RGBA": 4}


class Heic(Format):
    """Photos of phones; written as JPEG."""

    name = "heic"
    label = "HEIC"
    extension = "heic"
    mime = "image/heic"
    loader = "heifload"
    written_as = "jpeg"
    max_megapixels = 150  # held in memory beside the decoder's own copy

    def open(self, path: Path, shrink: float = 1, **options: Any) -> pyvips.Image:
        header = self.header(path)
        return apply_cicp(vips_fields.copy_fields(header, decode_pixels(path)), path)

    def losses_at_opening(self, path: Path) -> Iterator[str]:
        yield from hdr_losses(path)


def decode_pixels(path: Path) -> pyvips.Image:
    """Decode the main picture, turned as the container says. Raises `Unreadable`."""
    data = path.read_bytes()
    with plain_heif_errors():
        file = pi_heif.open_heif(data, convert_hdr_to_8bit=False)
        main = file[file.primary_index]
        bands, deep = BANDS_BY_MODE[main.mode.partition(";")[0].upper()], ";" in main.mode
        pixels = bytes(main.data)  # a copy: libheif frees its memory with the file
    image = pyvips.Image.new_from_memory(pixels, main.size[0], main.size[1], bands, "ushort" if deep else "uchar")
    grey, colour = ("grey16", "rgb16") if deep else ("b-w", "srgb")
    image = image.copy(interpretation=grey if bands < 3 else colour)
    return image.unpremultiply().cast(image.format) if main.premultiplied_alpha else image


def is_premultiplied(path: Path) -> bool:
    """Whether the colours of the main picture are multiplied by its transparency. Raises `Unreadable`."""
    with plain_heif_errors():
        file = pi_heif.open_heif(path.read_bytes(), convert_hdr_to_8bit=False)
        return bool(file[file.primary_index].premultiplied_alpha)


@contextmanager
def plain_heif_errors() -> Iterator[None]:
    """Translate errors of libheif to `Unreadable` with a sentence."""
    try:
        yield
    except (ValueError, EOFError, SyntaxError, RuntimeError, MemoryError, OSError, KeyError) as error:
        raise Unreadable(explain(str(error))) from error
