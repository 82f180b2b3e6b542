"""Colours of TIFF that libvips misreads: the page is opened as RGB, and converted here."""

import mmap
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pyvips

from photos.imaging.formats.errors import UNKNOWN_CODING, Unreadable
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.formats.metadata.ifd import (
    Directory,
    byte_order,
    first_directory_offset,
    is_classic_tiff,
    read_directory,
)

BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, COEFFICIENTS, SUBSAMPLING, RANGE = 258, 259, 262, 277, 529, 530, 532
RGB, SEPARATED, YCBCR, CIELAB, ICCLAB = 2, 5, 6, 8, 9  # TIFF 6.0, sections 6, 16, 21, 23; TIFF Technical Note 4
# Codings that do not depend on colours: none, LZW, Deflate, PackBits, the older Deflate, LZMA, Zstandard.
COLOURLESS_COMPRESSIONS = {1, 5, 8, 32773, 32946, 34925, 50000}
FULL_RANGE = (0, 255, 128, 255, 128, 255)  # reference black and white of Y, Cb and Cr
# YCbCr of ITU-R BT.601, TIFF's default.
YCBCR_TO_RGB = [[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]]

type Conversion = Callable[[pyvips.Image], pyvips.Image]


def find_conversion(path: Path, place: int | None = None) -> Conversion | None:
    """The conversion to RGB for a page whose directory is at `place`, or the first; None where libvips needs none.

    Raises `Unreadable` for unsupported colours.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if not is_classic_tiff(data):
            return None
        order, tags = byte_order(data), {}
        with suppress(struct.error):
            tags = read_directory(data, order, first_directory_offset(data) if place is None else place)
        return choose_conversion(tags, order)


def choose_conversion(tags: Directory, order: str) -> Conversion | None:
    def value_of(number: int, default: int) -> int:
        return tags[number].number(order) if number in tags else default

    photometric, bits, samples = value_of(PHOTOMETRIC, -1), value_of(BITS, 1), value_of(SAMPLES, 1)
    if photometric == CIELAB and bits == 8 and samples >= 3:
        return from_cielab
    if photometric == ICCLAB and bits in (8, 16) and samples >= 3:
        return from_icclab
    if photometric == YCBCR and value_of(COMPRESSION, 1) in COLOURLESS_COMPRESSIONS:
        if bits != 8 or samples != 3 or not is_common_ycbcr(tags, order):
            raise Unreadable(UNKNOWN_CODING)
        return from_ycbcr
    if photometric == SEPARATED and samples < 4:
        raise Unreadable(UNKNOWN_CODING)
    return None


def is_common_ycbcr(tags: Directory, order: str) -> bool:
    """Whether YCbCr is not subsampled, and has the coefficients and the range that are supported."""
    if SUBSAMPLING not in tags or tags[SUBSAMPLING].value != struct.pack(order + "HH", 1, 1):
        return False
    if COEFFICIENTS in tags and read_rationals(tags[COEFFICIENTS].value, order) != (0.299, 0.587, 0.114):
        return False
    return RANGE not in tags or read_rationals(tags[RANGE].value, order) == FULL_RANGE


def read_rationals(value: bytes, order: str) -> tuple[float, ...]:
    pairs = struct.iter_unpack(order + "II", value[: len(value) // 8 * 8])
    return tuple(round(above / below, 3) if below else 0 for above, below in pairs)


def from_cielab(image: pyvips.Image) -> pyvips.Image:
    """CIELAB: lightness of 0 to 255, and signed a and b."""
    return from_lab(image, (image[0] * (100 / 255)).bandjoin(to_signed(image[1:3])))


def to_signed(bands: pyvips.Image) -> pyvips.Image:
    """Bytes that stand for -128 to 127, and were read as 0 to 255."""
    return bands - (bands > 127) * (256 / 255)  # libvips' true is 255


def from_icclab(image: pyvips.Image) -> pyvips.Image:
    """ICC L*a*b*: lightness from 0, and a and b with an offset of 128."""
    white, unit = (255, 1) if image.format == "uchar" else (65_280, 256)
    return from_lab(image, (image[0] * (100 / white)).bandjoin(image[1:3] / unit - 128))


def from_lab(image: pyvips.Image, lab: pyvips.Image) -> pyvips.Image:
    """The picture in sRGB, with as many bits as before."""
    lab = lab.cast("float").copy(interpretation="lab")
    return restore_alpha(image, lab.colourspace("srgb" if image.format == "uchar" else "rgb16"))


def from_ycbcr(image: pyvips.Image) -> pyvips.Image:
    """YCbCr of 8 bits, with both colours around 128."""
    rgb = (image - [0, 128, 128]).recomb(YCBCR_TO_RGB).rint().cast("uchar")
    return restore_alpha(image, rgb.copy(interpretation="srgb"))


def restore_alpha(image: pyvips.Image, rgb: pyvips.Image) -> pyvips.Image:
    """The converted colours with the picture's transparency, without the profile of the former colours."""
    rest = rgb.bandjoin(image[3]) if image.bands > 3 else rgb
    return vips_fields.remove_fields(rest, [vips_fields.PROFILE])
