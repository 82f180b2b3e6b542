"""Writes a picture as a PDF of one page. Pages are joined later, so that one is in memory at a time."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pikepdf
import pyvips
from pikepdf import Array, Dictionary, Name
from PIL import Image

from photos.imaging.formats.base import Saving
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.formats.pdf import info
from photos.imaging.formats.pdf.rendering import POINTS_PER_INCH

DEFAULT_QUALITY = 82
LOSSLESS_UNKNOWN = -1  # of a picture that was no page before
MAX_PAGE_POINTS = 14_400  # a side that every reader opens (ISO 32000-1, annex C)
A4_LENGTH_INCHES = 297 / vips_fields.MILLIMETRES_PER_INCH  # of the page of a picture without a resolution
ROUNDING_POINTS = 1.5  # by which whole pixels may have changed the size of a page
IMAGE_NAME = "/Image"


@dataclass(frozen=True)
class EncodedImage:
    """The encoded data of a picture, with the PDF names of filter and colour space."""

    data: bytes
    filter: str
    colours: Name
    bits: int
    parameters: Dictionary | None = None


def write_page(image: pyvips.Image, path: Path, saving: Saving) -> None:
    """Write an opaque 8-bit picture as a PDF of one page. The same input gives the same bytes."""
    image = image.copy_memory()
    width, height = size_in_points(image)
    with pikepdf.new() as pdf:
        stream = picture_stream(pdf, image, encode_image(image, saving))
        content = f"q {width:.4f} 0 0 {height:.4f} 0 0 cm {IMAGE_NAME} Do Q".encode("ascii")
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, round(width, 4), round(height, 4)]),
            Resources=pdf.make_indirect(Dictionary(XObject=Dictionary({IMAGE_NAME: stream}))),
            Contents=pdf.make_stream(content),
        )
        unit = float(image.get(vips_fields.PAGE_UNIT)) if vips_fields.has(image, vips_fields.PAGE_UNIT) else 1
        if unit != 1:
            page.UserUnit = round(unit, 6)
        pdf.pages.append(pikepdf.Page(page))
        info.write_info(pdf, image)
        pdf.save(path, deterministic_id=True, fix_metadata_version=False)


def size_in_points(image: pyvips.Image) -> tuple[float, float]:
    """Width and height of the page from the picture's resolution, at most `MAX_PAGE_POINTS`."""
    dpi = max(resolution(image), POINTS_PER_INCH * max(image.width, image.height) / MAX_PAGE_POINTS)
    size = image.width * POINTS_PER_INCH / dpi, image.height * POINTS_PER_INCH / dpi
    if not vips_fields.has(image, vips_fields.PAGE_WIDTH):
        return size
    before = float(image.get(vips_fields.PAGE_WIDTH)), float(image.get(vips_fields.PAGE_HEIGHT))
    same = all(other > 0 and abs(one - other) < ROUNDING_POINTS for one, other in zip(size, before, strict=True))
    return before if same else size


def resolution(image: pyvips.Image) -> float:
    """Pixels an inch: of the original page, or of the file; without either the longer side is that of A4."""
    if vips_fields.has(image, vips_fields.PAGE_DPI):
        return float(image.get(vips_fields.PAGE_DPI))
    return max(image.width, image.height) / A4_LENGTH_INCHES


def encode_image(image: pyvips.Image, saving: Saving) -> EncodedImage:
    """Choose an encoding: black and white as a fax, drawings without loss, photos as JPEG."""
    lossless = vips_fields.number(image, vips_fields.PAGE_LOSSLESS, LOSSLESS_UNKNOWN)
    if saving.lossless or lossless:
        image = drop_unused_colour(image)
        if is_bilevel(image):
            return encode_fax(image)
    if saving.lossless or (lossless == 1 and saving.quality is None):
        return encode_deflate(image)
    return encode_jpeg(image, saving.quality or DEFAULT_QUALITY)


def drop_unused_colour(image: pyvips.Image) -> pyvips.Image:
    """Convert RGB to grey if all its pixels are grey."""
    if image.bands == 1 or vips_fields.has(image, vips_fields.PROFILE):
        return image
    red, green, blue = image.bandsplit()
    if (red - green).abs().max() or (green - blue).abs().max():
        return image
    return red.copy(interpretation="b-w")


def is_bilevel(image: pyvips.Image) -> bool:
    """Whether a picture has only black and white pixels."""
    if image.bands != 1:
        return False
    counts = np.frombuffer(image.hist_find().write_to_memory(), np.uint32)
    return not counts[1:-1].any() and len(counts) == 256


def encode_fax(image: pyvips.Image) -> EncodedImage:
    """Encode black and white as CCITT group 4."""
    picture = Image.frombytes("L", (image.width, image.height), image.write_to_memory()).convert(
        "1", dither=Image.Dither.NONE
    )
    with io.BytesIO() as file:
        # One strip: each restarts the encoder (TIFF 6.0, section 11), and a PDF needs one stream.
        picture.save(file, "TIFF", compression="group4", tiffinfo={278: image.height})
        file.seek(0)
        with Image.open(file, formats=["TIFF"]) as tiff:
            start, length = tiff.tag_v2[273][0], tiff.tag_v2[279][0]  # type: ignore[attr-defined]
            black_is_0 = tiff.tag_v2[262] == 1  # type: ignore[attr-defined]
        data = file.getvalue()[start : start + length]
    parameters = Dictionary(K=-1, Columns=image.width, Rows=image.height, BlackIs1=black_is_0)
    return EncodedImage(data, "/CCITTFaxDecode", Name.DeviceGray, 1, parameters)


def encode_deflate(image: pyvips.Image) -> EncodedImage:
    """Encode as a PNG does: row by row with a predictor, without loss."""
    png = image.pngsave_buffer(keep="none", filter="up" if image.bands == 1 else "all")
    data = b"".join(png_chunks(png, b"IDAT"))
    parameters = Dictionary(Predictor=15, Colors=image.bands, BitsPerComponent=8, Columns=image.width)
    return EncodedImage(data, "/FlateDecode", colour_space(image), 8, parameters)


def png_chunks(png: bytes, name: bytes) -> Iterable[bytes]:
    """Yield the contents of the chunks of that name (PNG, 5.3)."""
    at = 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] == name:
            yield png[at + 8 : at + 8 + length]
        at += length + 12


def encode_jpeg(image: pyvips.Image, quality: int) -> EncodedImage:
    return EncodedImage(image.jpegsave_buffer(Q=quality, keep="none"), "/DCTDecode", colour_space(image), 8)


def colour_space(image: pyvips.Image) -> Name:
    return Name.DeviceGray if image.bands == 1 else Name.DeviceRGB


def picture_stream(pdf: pikepdf.Pdf, image: pyvips.Image, coding: EncodedImage) -> pikepdf.Object:
    """The image object of a document, in the colours of the picture's profile."""
    stream = pdf.make_stream(
        coding.data,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=image.width,
        Height=image.height,
        ColorSpace=coding.colours,
        BitsPerComponent=coding.bits,
        Filter=Name(coding.filter),
    )
    if coding.parameters is not None:
        stream.DecodeParms = coding.parameters
    profile = image.get(vips_fields.PROFILE) if vips_fields.has(image, vips_fields.PROFILE) else b""
    if profile and profile[16:20] == (b"GRAY" if image.bands == 1 else b"RGB "):
        stream.ColorSpace = Array([Name.ICCBased, pdf.make_stream(profile, N=image.bands, Alternate=coding.colours)])
    return stream
