"""Pages of a PDF as pictures: a scan's own pixels where the page is one, else drawn by PDFium."""

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
from photos.imaging.formats.pdf.document import ODD, PAGE_DAMAGED, opened, page_of, parsed, unit_of
from photos.imaging.formats.pdf.rendering import Placed, Sheet, is_jpeg, sheet

SECONDS = 60  # of processor time that a page may take to draw
DRAWN_FROM = 4  # times smaller: then PDFium is quicker and needs less memory than taking all pixels of a scan
TOO_SLOW = "Page {} of the PDF takes too long to draw"
FLAGS = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER | pdfium.FPDF_RENDER_LIMITEDIMAGECACHE
PLAIN = {  # colour spaces whose numbers a JPEG decoder can hand on
    pdfium.FPDF_COLORSPACE_DEVICEGRAY, pdfium.FPDF_COLORSPACE_DEVICERGB, pdfium.FPDF_COLORSPACE_CALGRAY,
    pdfium.FPDF_COLORSPACE_CALRGB, pdfium.FPDF_COLORSPACE_ICCBASED,
}  # fmt: skip

type Stopped = Callable[[], bool]


def never() -> bool:
    """For pages whose drawing nobody stops."""
    return False


def picture(path: Path, number: int, shrink: float, stopped: Stopped = never) -> pyvips.Image:
    """A page, upright, up to `shrink` times smaller where that saves work, with its resolution.

    Raises Unreadable; also when `stopped` answers true, which is asked again and again while the page is drawn.
    """
    unit = unit_of(path, number)
    with opened(path) as document:
        document.init_forms()
        with page_of(document, number) as page:
            found = sheet(page, number, unit)
            if found.scan is None:
                image = drawn(page, number, found, shrink, stopped)
            elif shrink >= DRAWN_FROM and not is_jpeg(found.scan.object):
                image = drawn(page, number, found, shrink / 2, stopped)  # the rest is left to the better filter
            else:
                image = taken(path, page, number, found.scan, shrink)
    if number == 0:
        image = info.attached(image, path)
    dpi = found.dpi * image.width / found.width
    printed = dpi / unit / vips_fields.MILLIMETRES
    image = image.copy(xres=printed, yres=printed)
    across, down = found.points
    facts = {vips_fields.DPI: dpi, vips_fields.ACROSS: across, vips_fields.DOWN: down, vips_fields.UNIT: unit}
    for field, value in facts.items():
        image.set_type(pyvips.GValue.gdouble_type, field, value)
    image.set_type(pyvips.GValue.gint_type, vips_fields.LOSSLESS, int(not found.lossy))
    return image


def taken(path: Path, page: pypdfium2.PdfPage, number: int, scan: Placed, shrink: float) -> pyvips.Image:
    """The scan's own pixels."""
    image = from_jpeg(path, number, scan, shrink) or from_bitmap(scan, number)
    turn = ((scan.turn or 0) + page.get_rotation()) % 360
    return image.rot(f"d{turn}") if turn == 0 else image.copy_memory().rot(f"d{turn}")


def from_jpeg(path: Path, number: int, scan: Placed, shrink: float) -> pyvips.Image | None:
    """The scan straight from its JPEG; None where the PDF wants its numbers to be read in another way."""
    found = scan.object.get_metadata()
    if not is_jpeg(scan.object) or found.colorspace not in PLAIN or found.bits_per_pixel > 24:
        return None
    if not plainly_coded(path, number):
        return None
    data = bytes(scan.object.get_data(decode_simple=True))
    image = pyvips.Image.jpegload_buffer(data, fail_on="error", shrink=whole_shrink(shrink))
    if (image.width, image.height) == (0, 0) or image.bands not in (1, 3):
        return None
    image = vips_fields.removed(image, [name for name in vips_fields.names(image) if vips_fields.is_metadata(name)])
    profile = profile_of(scan.object)
    if profile and found.colorspace == pdfium.FPDF_COLORSPACE_ICCBASED:
        image.set_type(pyvips.GValue.blob_type, vips_fields.PROFILE, profile)
    return image


def whole_shrink(shrink: float) -> int:
    """As for any JPEG: the decoder averages blocks, and a factor of two is left to the better filter."""
    return max(step for step in (1, 2, 4, 8) if step == 1 or step * 2 <= shrink)


def plainly_coded(path: Path, number: int) -> bool:
    """Whether the one picture on a page has neither a mask nor another meaning given to its numbers."""
    try:
        with parsed(path) as pdf:
            (image,) = pdf.pages[number].get_images().values()
            return not any(key in image for key in ("/Decode", "/DecodeParms", "/Mask", "/SMask"))
    except ODD:
        return False


def profile_of(image: pypdfium2.PdfImage) -> bytes:
    """The colour profile of a picture in a PDF; empty without one."""
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


def from_bitmap(scan: Placed, number: int) -> pyvips.Image:
    """The scan as PDFium decodes it: grey, or RGB in sRGB."""
    try:
        bitmap = scan.object.get_bitmap(render=False)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(PAGE_DAMAGED.format(number + 1)) from error
    image = from_pixels(bitmap.to_numpy().copy())  # PDFium takes its own back with the bitmap
    if image.bands == 1:
        return image
    blue, green, red, *_ = image.bandsplit()
    return red.bandjoin([green, blue]).copy(interpretation="srgb")


def drawn(page: pypdfium2.PdfPage, number: int, found: Sheet, shrink: float, stopped: Stopped) -> pyvips.Image:
    """The page on white paper, in RGB."""
    width, height = (max(1, round(side / max(shrink, 1))) for side in (found.width, found.height))
    pixels = np.full((height, width, 3), 255, np.uint8)
    target = pixels.ctypes.data_as(ctypes.c_void_p)
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGR, target, 3 * width)
    if not bitmap:
        raise Unreadable(PAGE_DAMAGED.format(number + 1))
    try:
        draw(bitmap, page, number, (width, height), stopped)
        if page.formenv:
            pdfium.FPDF_FFLDraw(page.formenv, bitmap, page, 0, 0, width, height, 0, FLAGS)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    return from_pixels(pixels)


def draw(bitmap: Any, page: pypdfium2.PdfPage, number: int, size: tuple[int, int], stopped: Stopped) -> None:
    """Have PDFium draw the page; it asks many times a second whether to pause, and then it is left."""
    ends_at = time.thread_time() + SECONDS
    pause = pdfium.IFSDK_PAUSE(version=1)
    pause.NeedToPauseNow = type(pause.NeedToPauseNow)(lambda _: stopped() or time.thread_time() > ends_at)
    try:
        state = pdfium.FPDF_RenderPageBitmap_Start(bitmap, page, 0, 0, *size, 0, FLAGS, pause)
    finally:
        pdfium.FPDF_RenderPage_Close(page)
    if state != pdfium.FPDF_RENDER_DONE:
        raise Unreadable((TOO_SLOW if state == pdfium.FPDF_RENDER_TOBECONTINUED else PAGE_DAMAGED).format(number + 1))


def from_pixels(pixels: "np.ndarray[Any, np.dtype[np.uint8]]") -> pyvips.Image:
    """Rows of pixels as a picture."""
    height, width = pixels.shape[:2]
    bands = pixels.shape[2] if pixels.ndim == 3 else 1
    image = pyvips.Image.new_from_memory(pixels, width, height, bands, "uchar")
    return image.copy(interpretation="b-w" if bands == 1 else "srgb")
