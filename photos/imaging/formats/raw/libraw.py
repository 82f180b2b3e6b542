"""Develops sensor data with LibRaw, which the extra `raw` installs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips

from photos.imaging.formats.errors import FILE_DAMAGED, FILE_TRUNCATED, OUT_OF_MEMORY, Unreadable

rawpy: Any
try:
    import rawpy
except ImportError:
    rawpy = None

AVAILABLE = rawpy is not None
SIDEWAYS_FLIPS = {5, 6}  # LibRaw's codes for a quarter turn


@dataclass(frozen=True)
class Size:
    """Width and height in pixels, upright."""

    width: int
    height: int


def read_size(path: Path) -> Size | None:
    """The size of LibRaw's picture; None without LibRaw, or for a file that it does not know."""
    if not AVAILABLE:
        return None
    try:
        with rawpy.RawPy() as raw:
            raw.open_file(str(path))
            sizes = raw.sizes
    except rawpy.LibRawError:
        return None
    is_sideways = sizes.flip in SIDEWAYS_FLIPS
    return Size(sizes.height, sizes.width) if is_sideways else Size(sizes.width, sizes.height)


def develop(path: Path, half: bool) -> pyvips.Image:
    """Develop to sRGB, upright, with the camera's white balance; `half` its size is four times as fast.

    Raises `Unreadable`.
    """
    try:
        with rawpy.imread(str(path)) as raw:
            pixels = raw.postprocess(use_camera_wb=True, half_size=half, output_bps=8)
    except (rawpy.LibRawUnsufficientMemoryError, MemoryError) as error:
        raise Unreadable(OUT_OF_MEMORY) from error
    except rawpy.LibRawIOError as error:
        raise Unreadable(FILE_TRUNCATED) from error
    except rawpy.LibRawError as error:
        raise Unreadable(FILE_DAMAGED) from error
    image: pyvips.Image = pyvips.Image.new_from_array(pixels, interpretation="srgb")
    return image
