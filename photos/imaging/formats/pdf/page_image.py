"""Pages of a PDF as pictures: the pixels of a scan where the page is one, else drawn by PDFium."""

import ctypes
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import pyvips

from photos.imaging.formats.errors import Unreadable
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.formats.pdf import info
from photos.imaging.formats.pdf.document import (
    MALFORMED_ERRORS,
    PAGE_DAMAGED,
    open_document,
    open_page,
    page_unit,
    parse_document,
)
from photos.imaging.formats.pdf.rendering import PageContent, PlacedImage, inspect_page, is_jpeg

MAX_DRAW_SECONDS = 60  # of processor time, so that a busy machine fails no page
DRAW_FROM_SHRINK = 4  # from here on PDFium is faster, and smaller, than decoding the whole scan
PAGE_TOO_SLOW = "Page {} of the PDF takes too long to draw"
RENDER_FLAGS = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER | pdfium.FPDF_RENDER_LIMITEDIMAGECACHE
PLAIN_COLOUR_SPACES = {  # whose values a JPEG decoder gives unchanged
    pdfium.FPDF_COLORSPACE_DEVICEGRAY, pdfium.FPDF_COLORSPACE_DEVICERGB, pdfium.FPDF_COLORSPACE_CALGRAY,
    pdfium.FPDF_COLORSPACE_CALRGB, pdfium.FPDF_COLORSPACE_ICCBASED,
}  # fmt: skip

type StopCheck = Callable[[], bool]


def never_stopped() -> bool:
    """The stop check for work that nobody stops."""
    return False


def load_page(path: Path, number: int, shrink: float, stopped: StopCheck = never_stopped) -> pyvips.Image:
    """A page, counted from 0, upright, with its resolution, up to `shrink` times smaller where that saves work.

    Raises `Unreadable`, also once `stopped` answers true, which is asked many times a second while PDFium draws.
    """
    unit = page_unit(path, number)
    with open_document(path) as document:
        document.init_forms()
        with open_page(document, number) as page:
            content = inspect_page(page, number, unit)
            if content.scan is None:
                image = draw_page(page, number, content, shrink, stopped)
            elif shrink >= DRAW_FROM_SHRINK and not is_jpeg(content.scan.object):
                image = draw_page(page, number, content, shrink / 2, stopped)  # the rest is for the better filter
            else:
                image = load_scan(path, page, number, content.scan, shrink)
    if number == 0:
        image = info.attach_info(image, path)
    dpi = content.dpi * image.width / content.width
    printed = dpi / unit / vips_fields.MILLIMETRES_PER_INCH
    image = image.copy(xres=printed, yres=printed)
    across, down = content.points
    facts = {
        vips_fields.PAGE_DPI: dpi,
        vips_fields.PAGE_WIDTH: across,
        vips_fields.PAGE_HEIGHT: down,
        vips_fields.PAGE_UNIT: unit,
    }
    for field, value in facts.items():
        image.set_type(pyvips.GValue.gdouble_type, field, value)
    image.set_type(pyvips.GValue.gint_type, vips_fields.PAGE_LOSSLESS, int(not content.lossy))
    return image


def load_scan(path: Path, page: pypdfium2.PdfPage, number: int, scan: PlacedImage, shrink: float) -> pyvips.Image:
    image = decode_scan_jpeg(path, number, scan, shrink) or decode_scan_bitmap(scan, number)
    turn = ((scan.turn or 0) + page.get_rotation()) % 360
    return image.rot(f"d{turn}") if turn == 0 else image.copy_memory().rot(f"d{turn}")


def decode_scan_jpeg(path: Path, number: int, scan: PlacedImage, shrink: float) -> pyvips.Image | None:
    """Decode the scan's JPEG; None where the PDF gives its values another meaning."""
    info = scan.object.get_metadata()
    if not is_jpeg(scan.object) or info.colorspace not in PLAIN_COLOUR_SPACES or info.bits_per_pixel > 24:
        return None
    if not is_plainly_encoded(path, number):
        return None
    data = bytes(scan.object.get_data(decode_simple=True))
    image = pyvips.Image.jpegload_buffer(data, fail_on="error", shrink=jpeg_shrink(shrink))
    if (image.width, image.height) == (0, 0) or image.bands not in (1, 3):
        return None
    image = vips_fields.remove_fields(
        image, [name for name in vips_fields.field_names(image) if vips_fields.is_metadata(name)]
    )
    profile = read_icc_profile(scan.object)
    if profile and info.colorspace == pdfium.FPDF_COLORSPACE_ICCBASED:
        image.set_type(pyvips.GValue.blob_type, vips_fields.PROFILE, profile)
    return image


def jpeg_shrink(shrink: float) -> int:
    """The decoder's factor: it averages blocks, so a factor of two is left to the better filter."""
    return max(step for step in (1, 2, 4, 8) if step == 1 or step * 2 <= shrink)


def is_plainly_encoded(path: Path, number: int) -> bool:
    """Whether the one picture on a page has neither a mask nor a decode array."""
    try:
        with parse_document(path) as pdf:
            (image,) = pdf.pages[number].get_images().values()
            return not any(key in image for key in ("/Decode", "/DecodeParms", "/Mask", "/SMask"))
    except MALFORMED_ERRORS:
        return False


def read_icc_profile(image: pypdfium2.PdfImage) -> bytes:
    """The ICC profile of a picture in a PDF; empty without one."""
    needed = ctypes.c_size_t()
    page = image.page
    pdfium.FPDFImageObj_GetIccProfileDataDecoded(image, page, None, 0, needed)
    if not needed.value:
        return b""
    buffer = ctypes.create_string_buffer(needed.value)
    pdfium.FPDFImageObj_GetIccProfileDataDecoded(
        image, page, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_uint8)), needed.value, needed
    )
    return buffer.raw[: needed.value]


def decode_scan_bitmap(scan: PlacedImage, number: int) -> pyvips.Image:
    """Decode the scan with PDFium: grey, or RGB in sRGB. Raises `Unreadable`."""
    try:
        bitmap = scan.object.get_bitmap(render=False)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(PAGE_DAMAGED.format(number + 1)) from error
    image = array_to_picture(bitmap.to_numpy().copy())  # a copy: PDFium frees its memory with the bitmap
    if image.bands == 1:
        return image
    blue, green, red, *_ = image.bandsplit()
    return red.bandjoin([green, blue]).copy(interpretation="srgb")


def draw_page(
    page: pypdfium2.PdfPage, number: int, content: PageContent, shrink: float, stopped: StopCheck
) -> pyvips.Image:
    """Draw the page on white paper, in RGB. Raises `Unreadable`."""
    width, height = (max(1, round(side / max(shrink, 1))) for side in (content.width, content.height))
    pixels = np.full((height, width, 3), 255, np.uint8)
    target = pixels.ctypes.data_as(ctypes.c_void_p)
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGR, target, 3 * width)
    if not bitmap:
        raise Unreadable(PAGE_DAMAGED.format(number + 1))
    try:
        render_into(bitmap, page, number, (width, height), stopped)
        if page.formenv:
            pdfium.FPDF_FFLDraw(page.formenv, bitmap, page, 0, 0, width, height, 0, RENDER_FLAGS)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    return array_to_picture(pixels)


def render_into(bitmap: Any, page: pypdfium2.PdfPage, number: int, size: tuple[int, int], stopped: StopCheck) -> None:
    """Draw the page into a bitmap, within `MAX_DRAW_SECONDS` of processor time. Raises `Unreadable`."""
    ends_at = time.thread_time() + MAX_DRAW_SECONDS
    pause = pdfium.IFSDK_PAUSE(version=1)
    pause.NeedToPauseNow = type(pause.NeedToPauseNow)(lambda _: stopped() or time.thread_time() > ends_at)
    try:
        # `pause` has to stay alive while PDFium draws: it holds the callback.
        state = pdfium.FPDF_RenderPageBitmap_Start(bitmap, page, 0, 0, *size, 0, RENDER_FLAGS, pause)
    finally:
        pdfium.FPDF_RenderPage_Close(page)
    if state != pdfium.FPDF_RENDER_DONE:
        raise Unreadable(
            (PAGE_TOO_SLOW if state == pdfium.FPDF_RENDER_TOBECONTINUED else PAGE_DAMAGED).format(number + 1)
        )


def array_to_picture(pixels: "np.ndarray[Any, np.dtype[np.uint8]]") -> pyvips.Image:
    height, width = pixels.shape[:2]
    bands = pixels.shape[2] if pixels.ndim == 3 else 1
    image = pyvips.Image.new_from_memory(pixels, width, height, bands, "uchar")
    return image.copy(interpretation="b-w" if bands == 1 else "srgb")
