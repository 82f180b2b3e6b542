"""Sensor data made into a picture by LibRaw, which is there when the extra `raw` is installed."""

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
SIDEWAYS_FLIPS = {5, 6}  # LibRaw's own words for a quarter of a turn


@dataclass(frozen=True)
class Size:
    """Width and height as shown, upright."""

    width: int
    height: int


def read_size(path: Path) -> Size | None:
    """How large LibRaw would make the picture; None without LibRaw, or when it does not know the file."""
    if not AVAILABLE:
        return None
    try:
        with rawpy.RawPy() as raw:
            raw.open_file(str(path))
            found = raw.sizes
    except rawpy.LibRawError:
        return None
    turned = found.flip in SIDEWAYS_FLIPS
    return Size(found.height, found.width) if turned else Size(found.width, found.height)


def develop(path: Path, half: bool) -> pyvips.Image:
    """The picture in sRGB, upright, as the camera balanced its white; of half the size it is made four times as fast.

    Raises Unreadable.
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
