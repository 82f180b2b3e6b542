"""Sensor data made into a picture by LibRaw, which is there when the extra `raw` is installed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips

from photos.imaging.formats.errors import CUT_SHORT, DAMAGED, TOO_MUCH_MEMORY, Unreadable

rawpy: Any
try:
    import rawpy
except ImportError:
    rawpy = None

AVAILABLE = rawpy is not None
TURNED_ASIDE = {5, 6}  # LibRaw's own words for a quarter of a turn


@dataclass(frozen=True)
class Size:
    """Width and height as shown, upright."""

    width: int
    height: int


def size_of(path: Path) -> Size | None:
    """How large LibRaw would make the picture; None without LibRaw, or when it does not know the file."""
    if not AVAILABLE:
        return None
    try:
        with rawpy.RawPy() as raw:
            raw.open_file(str(path))
            found = raw.sizes
    except rawpy.LibRawError:
        return None
    turned = found.flip in TURNED_ASIDE
    return Size(found.height, found.width) if turned else Size(found.width, found.height)


def developed(path: Path, half: bool) -> pyvips.Image:
    """The picture in sRGB, upright, as the camera balanced its white; of half the size it is made four times as fast.

    Raises Unreadable.
    """
    try:
        with rawpy.imread(str(path)) as raw:
            pixels = raw.postprocess(use_camera_wb=True, half_size=half, output_bps=8)
    except (rawpy.LibRawUnsufficientMemoryError, MemoryError) as error:
        raise Unreadable(TOO_MUCH_MEMORY) from error
    except rawpy.LibRawIOError as error:
        raise Unreadable(CUT_SHORT) from error
    except rawpy.LibRawError as error:
        raise Unreadable(DAMAGED) from error
    image: pyvips.Image = pyvips.Image.new_from_array(pixels, interpretation="srgb")
    return image
