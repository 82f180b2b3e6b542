"""A small copy of a picture as numbers, decoded once, at a fraction of its size where the format allows it."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pyvips
from numpy.typing import NDArray

from photos.imaging.cancellation import Aborting, stoppable
from photos.imaging.formats import format_of
from photos.imaging.formats.colour import convert
from photos.imaging.formats.metadata import camera as metadata_camera
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.pipeline import fit_inside
from photos.imaging.rendering import Render

type Pixels = NDArray[np.uint8]

JPEG_QUALITY = 82
SIDE_PIXELS = 512  # of the longer side: measurements depend on it
EXPOSURE_FIELDS = ("exif-ifd2-ExposureTime", "exif-ifd2-FNumber")


@dataclass(frozen=True)
class Features:
    """The first page or frame of a picture: upright, in sRGB on white, at most 512 pixels a side."""

    pixels: Pixels  # height x width x 3
    width: int  # of the original, in pixels
    height: int
    format: str
    camera: str  # what took the picture; empty when no camera did
    jpeg: bytes = field(
        default=b"", repr=False
    )  # without metadata, for a vision model; empty unless `jpeg_side` is set

    @cached_property
    def grey(self) -> NDArray[np.float32]:
        """Brightness from 0 to 255, weighted as in ITU-R BT.601."""
        weights = np.array([0.299, 0.587, 0.114], dtype=np.float32)
        return self.pixels.astype(np.float32) @ weights

    @cached_property
    def saturation(self) -> NDArray[np.float32]:
        """Saturation of each pixel as in HSV, 0 to 1."""
        highest, lowest = self.pixels.max(axis=-1), self.pixels.min(axis=-1)
        return np.asarray((highest - lowest) / np.maximum(highest, 1), dtype=np.float32)


def extract_features(path: Path, format: str, aborting: Aborting, jpeg_side: int = 0) -> Features:
    """Decode a picture small, and once; `jpeg_side` asks for a JPEG of at most that side in pixels, 0 for none.

    Raises `Unreadable`, or `Aborted` when the work was stopped.
    """
    with stoppable(aborting) as killer:
        render = Render(path, format_of(format), [fit_inside(max(SIDE_PIXELS, jpeg_side))], killer)
        header = render.header
        small = convert.to_8_bits(convert.to_opaque(convert.to_srgb(render.page())))
        if small.bands == 1:
            small = small.colourspace("srgb")
        jpeg = b""
        if jpeg_side:
            small = killer.watch(small).copy_memory()
            jpeg = small.jpegsave_buffer(Q=JPEG_QUALITY, keep="none")
            small = small.thumbnail_image(SIDE_PIXELS, height=SIDE_PIXELS, size="down")
        pixels = killer.watch(small).numpy()
    size = header.width, header.height
    return Features(np.ascontiguousarray(pixels[..., :3]), *size, format, camera_of(header), jpeg)


def camera_of(header: pyvips.Image) -> str:
    if not any(vips_fields.has(header, name) for name in EXPOSURE_FIELDS):
        return ""
    return metadata_camera.camera_name(header) or "a camera"


def resize(pixels: Pixels, width: int, height: int) -> Pixels:
    """Scale the pixels to exactly width x height, bicubic."""
    image = pyvips.Image.new_from_array(pixels, interpretation="srgb")
    scaled = image.resize(width / image.width, vscale=height / image.height, kernel="cubic")
    resized: Pixels = scaled.numpy()
    return resized
