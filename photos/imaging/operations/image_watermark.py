"""Image watermark: another photo of the library on the picture."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import pyvips
from pydantic import Field

from photos.imaging.formats import Unreadable, format_of, plain_errors, sniff, upright_size
from photos.imaging.formats.colour import convert
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.operations.pixels.marks import Mark, MarkOptions, available_size, draw_mark
from photos.imaging.operations.schema.base import Operation, scale
from photos.imaging.operations.schema.options import PhotoId

DELETED = "The picture of the watermark was deleted"
UNUSABLE = "The picture of the watermark cannot be used"


class ImageWatermark(Operation):
    """Put a picture, such as a logo, on the picture."""

    name = "image-watermark"
    label = "Image watermark"
    help = "Puts another photo of your library on pictures, such as a logo in a PNG with a transparent background."
    keeps_positions = True

    class Options(MarkOptions):
        image: PhotoId = Field(description="The picture to use.")

    def __init__(self, files: Mapping[str, Path] | None = None) -> None:
        self.files = files or {}

    def photos(self, options: Options) -> Sequence[str]:
        return (options.image,)

    def with_photos(self, files: Mapping[str, Path]) -> "ImageWatermark":
        return ImageWatermark(files)

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        path = self.files.get(options.image)
        if path is None or not path.exists():
            raise Unreadable(DELETED)
        try:
            with plain_errors():
                return draw_mark(page, load_mark(path, *available_size(page, options)), options)
        except Unreadable as error:
            raise Unreadable(f"{UNUSABLE}: {error}") from error


@lru_cache(maxsize=1)  # the frames of an animation and the pages of a scan carry the same
def load_mark(path: Path, width: int, height: int) -> Mark:
    """The watermark's picture, upright, in sRGB and as large as fits into width × height. Raises Unreadable."""
    format = format_of(sniff(path))
    header = format.header(path)
    across, down = upright_size(header.width, header.height, vips_fields.orientation(header))
    factor = min(width / across, height / down)
    image = convert.to_plain(format.open(path, min(max(1, 1 / factor), across, down)).autorot())
    image = convert.to_8_bits(convert.to_srgb(image))
    image = scale(image, max(1, round(across * factor)), max(1, round(down * factor))).copy_memory()
    if not image.hasalpha():
        return Mark(image, image.new_from_image(255)[0].copy(interpretation="b-w"))
    return Mark(image.extract_band(0, n=image.bands - 1), image[image.bands - 1].copy(interpretation="b-w"))
