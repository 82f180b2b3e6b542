"""Camera raw as a format that is opened and never written."""

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
MIN_PREVIEW_SHARE = 0.9  # of the sensor's longer side, from which the camera's JPEG is used
HALF_SIZE_SHRINK = 2


class Raw(Format):
    """Camera raw: the camera's own JPEG, or LibRaw's picture where that JPEG is small; written as JPEG."""

    name = "raw"
    label = "Camera raw"
    extension = "raw"
    mime = "application/octet-stream"
    loader = "jpegload_buffer"
    written_as = "jpeg"
    max_megapixels = 150  # LibRaw holds several copies of the picture

    def header(self, path: Path, **options: Any) -> pyvips.Image:
        source = choose_source(path)
        if isinstance(source, bytes):
            return self.load_embedded(source, path)
        return attach_upright(
            pyvips.Image.black(source.width, source.height, bands=3).copy(interpretation="srgb"), path
        )

    def open(self, path: Path, shrink: float = 1, **options: Any) -> pyvips.Image:
        source = choose_source(path)
        if isinstance(source, bytes):
            return self.load_embedded(source, path, **Jpeg().shrink_options(shrink), **options)
        return attach_upright(libraw.develop(path, half=shrink >= HALF_SIZE_SHRINK), path)

    def load_embedded(self, jpeg: bytes, path: Path, **options: Any) -> pyvips.Image:
        """The picture of an embedded JPEG, with the metadata of the raw file around it."""
        image: pyvips.Image = pyvips.Image.jpegload_buffer(jpeg, fail_on="error", **options)
        description = exif.read_description(path)
        return exif.apply_description(adobe_rgb.attach_profile(image, description.index), description)


def choose_source(path: Path) -> bytes | libraw.Size:
    """The camera's own JPEG, or the size of LibRaw's picture. Raises `Unreadable`."""
    jpeg = largest_jpeg(path)
    size = libraw.read_size(path)
    if size is not None and (jpeg is None or longer_side(jpeg) < MIN_PREVIEW_SHARE * max(size.width, size.height)):
        return size
    if jpeg is None:
        raise Unreadable(NOTHING_TO_SHOW)
    return jpeg


def longer_side(jpeg: bytes) -> int:
    image = pyvips.Image.jpegload_buffer(jpeg)
    return int(max(image.width, image.height))


def attach_upright(image: pyvips.Image, path: Path) -> pyvips.Image:
    """Attach the file's metadata to LibRaw's picture, without the orientation: LibRaw has turned it already."""
    return vips_fields.remove_fields(exif.attach_description(image, path), ["orientation", vips_fields.ORIENTATION])
