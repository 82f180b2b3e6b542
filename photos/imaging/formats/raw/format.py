from pathlib import Path
from typing import Any

import pyvips

from photos.imaging.formats.base import Format
from photos.imaging.formats.colour import adobe_rgb
from photos.imaging.formats.errors import Unreadable
from photos.imaging.formats.jpeg.format import Jpeg
from photos.imaging.formats.metadata import exif, vips_fields
from photos.imaging.formats.raw import libraw
from photos.imaging.formats.raw.embedded_jpeg import largest_jpeg

NOTHING_TO_SHOW = "The raw file has no picture inside that can be shown here"
MIN_PREVIEW_SHARE = 0.9  # of the sensor's size: then the camera's own picture is as good as any
HALF_SIZE_SHRINK = 2


class Raw(Format):
    """Camera raw: the picture that the camera made of it, or LibRaw's where that one is small; written as JPEG."""

    name = "raw"
    label = "Camera raw"
    extension = "raw"
    mime = "application/octet-stream"
    loader = "jpegload_buffer"
    written_as = "jpeg"
    max_megapixels = 150  # LibRaw holds the whole several times over

    def header(self, path: Path, **options: Any) -> pyvips.Image:
        found = choose_source(path)
        if isinstance(found, bytes):
            return self.loaded(found, path)
        return attach_upright(pyvips.Image.black(found.width, found.height, bands=3).copy(interpretation="srgb"), path)

    def open(self, path: Path, shrink: float = 1, **options: Any) -> pyvips.Image:
        found = choose_source(path)
        if isinstance(found, bytes):
            return self.loaded(found, path, **Jpeg().shrink_options(shrink), **options)
        return attach_upright(libraw.develop(path, half=shrink >= HALF_SIZE_SHRINK), path)

    def loaded(self, jpeg: bytes, path: Path, **options: Any) -> pyvips.Image:
        """The picture of a JPEG in a file, in the colours that one of them names, with what the file says."""
        image: pyvips.Image = pyvips.Image.jpegload_buffer(jpeg, fail_on="error", **options)
        about = exif.read_description(path)
        return exif.apply_description(adobe_rgb.attach_profile(image, about.index), about)


def choose_source(path: Path) -> bytes | libraw.Size:
    """The camera's own JPEG, or the size of what LibRaw is to make. Raises Unreadable."""
    jpeg = largest_jpeg(path)
    size = libraw.read_size(path)
    if size is not None and (jpeg is None or longer_side(jpeg) < MIN_PREVIEW_SHARE * max(size.width, size.height)):
        return size
    if jpeg is None:
        raise Unreadable(NOTHING_TO_SHOW)
    return jpeg


def longer_side(jpeg: bytes) -> int:
    """Pixels along the longer side of a JPEG."""
    image = pyvips.Image.jpegload_buffer(jpeg)
    return int(max(image.width, image.height))


def attach_upright(image: pyvips.Image, path: Path) -> pyvips.Image:
    """LibRaw's picture, which it has turned already, with what the file says."""
    return vips_fields.remove_fields(exif.attach_description(image, path), ["orientation", vips_fields.ORIENTATION])
