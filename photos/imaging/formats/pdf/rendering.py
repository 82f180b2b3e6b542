"""What a page of a PDF holds, read before any of it is drawn: a scan, or text and drawings."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from photos.imaging.formats.errors import Unreadable
from photos.imaging.formats.pdf.document import PAGE_DAMAGED

POINTS_PER_INCH = 72
DEFAULT_DPI = 200  # for pages that are not scans
SCAN_DPI_RANGE = 75, 600  # for scans with other content; resolutions outside are brought into it
MAX_DRAWN_PIXELS = 64_000_000  # of a drawn page; a larger one is drawn at a lower resolution
MAX_SCAN_PIXELS = 100_000_000  # of a scan whose pixels are used; a larger one is drawn
MAX_IMAGE_PIXELS = 250_000_000  # of any picture on a page; PDFium decodes it as a whole
MAX_OBJECTS = 100_000
MAX_FORM_DEPTH = 8
MIN_SCAN_COVERAGE = 0.5  # of the page's area
EDGE_TOLERANCE = 0.005  # of a side, by which a scan may miss the border of its page
SQUARE_TOLERANCE = 0.02  # by which the two resolutions of a scan may differ
INVISIBLE_ANNOTATIONS = {pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP}

type Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class PlacedImage:
    """A picture on a page, with the matrix that places it, in points, and its size in pixels."""

    object: pypdfium2.PdfImage
    matrix: Matrix
    width: int
    height: int

    @property
    def area(self) -> float:
        """Square points on the page."""
        a, b, c, d, *_ = self.matrix
        return abs(a * d - b * c)

    @property
    def dpi(self) -> tuple[float, float]:
        """Pixels an inch, along its width and its height."""
        a, b, c, d, *_ = self.matrix
        return tuple(
            POINTS_PER_INCH * pixels / max(length, 1e-6)
            for pixels, length in ((self.width, math.hypot(a, b)), (self.height, math.hypot(c, d)))
        )  # type: ignore[return-value]

    @property
    def turn(self) -> int | None:
        """Degrees by which it is turned clockwise; None when it is mirrored or at another angle."""
        a, b, c, d, *_ = self.matrix
        small = EDGE_TOLERANCE * max(map(abs, (a, b, c, d)))
        if abs(b) <= small and abs(c) <= small and a * d > 0:
            return 0 if a > 0 else 180
        if abs(a) <= small and abs(d) <= small and b * c < 0:
            return 90 if b < 0 else 270
        return None

    def fills(self, page: pypdfium2.PdfPage) -> bool:
        """Whether it reaches from border to border, and not beyond."""
        a, b, c, d, e, f = self.matrix
        across, up = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
        left, bottom, right, top = page.get_bbox()
        miss = EDGE_TOLERANCE * max(right - left, top - bottom)
        bounds = (min(across), min(up), max(across), max(up))
        return all(abs(one - other) <= miss for one, other in zip(bounds, (left, bottom, right, top), strict=True))


@dataclass(frozen=True)
class PageContent:
    """A page: its size in pixels and points, its resolution, both as if a unit were a point, and its scan if any."""

    points: tuple[float, float]
    width: int  # pixels, upright
    height: int
    dpi: float
    scan: PlacedImage | None
    lossy: bool  # whether it holds lossy pictures
    has_text: bool
    has_links: bool


def inspect_page(page: pypdfium2.PdfPage, number: int, unit: float = 1) -> PageContent:
    """Read what a page holds; `unit`: points in a unit of the page.

    Raises `Unreadable` for a page that would need too much memory.
    """
    pictures: list[PlacedImage] = []
    has_drawing = has_text = False
    for count, (object, matrix) in enumerate(walk_objects(page.raw)):
        if count >= MAX_OBJECTS:
            raise Unreadable(f"Page {number + 1} holds more than {MAX_OBJECTS:,} drawings")
        kind = pdfium.FPDFPageObj_GetType(object)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            pictures.append(place_image(object, matrix, page, number))
        elif kind == pdfium.FPDF_PAGEOBJ_TEXT:
            has_text = True
            has_drawing = (
                has_drawing or pdfium.FPDFTextObj_GetTextRenderMode(object) != pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
            )
        else:
            has_drawing = True
    kinds = set(annotation_kinds(page))
    scan = None if has_drawing or kinds - INVISIBLE_ANNOTATIONS else scan_of(page, pictures, number)
    return PageContent(
        points=page.get_size(),
        **pixel_size(page, scan, pictures, unit),
        scan=scan,
        lossy=any(is_lossy(each.object) for each in pictures),
        has_text=has_text,
        has_links=pdfium.FPDF_ANNOT_LINK in kinds,
    )


def pixel_size(
    page: pypdfium2.PdfPage, scan: PlacedImage | None, pictures: list[PlacedImage], unit: float
) -> dict[str, Any]:
    """Width, height and resolution: those of the scan, or as many pixels as the page's points need."""
    if scan is not None:
        sideways = ((scan.turn or 0) + page.get_rotation()) % 180 == 90
        width, height = (scan.height, scan.width) if sideways else (scan.width, scan.height)
        return {"width": width, "height": height, "dpi": max(scan.dpi)}
    across, down = (max(side, 1.0) for side in page.get_size())
    dpi = min(wanted_dpi(page, pictures, unit), POINTS_PER_INCH * math.sqrt(MAX_DRAWN_PIXELS / (across * down)))
    return {
        "width": max(1, round(across * dpi / POINTS_PER_INCH)),
        "height": max(1, round(down * dpi / POINTS_PER_INCH)),
        "dpi": dpi,
    }


def wanted_dpi(page: pypdfium2.PdfPage, pictures: list[PlacedImage], unit: float) -> float:
    """The resolution to draw a page at: the finest of its scans where these cover it, else the default."""
    left, bottom, right, top = page.get_bbox()
    page_area = (right - left) * (top - bottom)
    if sum(each.area for each in pictures) < MIN_SCAN_COVERAGE * page_area:
        return DEFAULT_DPI * unit
    finest = max(max(each.dpi) for each in pictures if each.area > page_area / 100) if page_area else DEFAULT_DPI * unit
    return min(max(finest, SCAN_DPI_RANGE[0] * unit), SCAN_DPI_RANGE[1] * unit)


def scan_of(page: pypdfium2.PdfPage, pictures: list[PlacedImage], number: int) -> PlacedImage | None:
    """The single picture that fills the page with square pixels, if there is nothing else. Raises `Unreadable`."""
    if len(pictures) != 1:
        return None
    (one,) = pictures
    across, down = one.dpi
    square = abs(across - down) <= SQUARE_TOLERANCE * max(across, down)
    colours = one.object.get_metadata().colorspace
    if is_jpeg(one.object) and colours == pdfium.FPDF_COLORSPACE_UNKNOWN:
        # PDFium could not read the JPEG's header, and would draw an empty page.
        raise Unreadable(PAGE_DAMAGED.format(number + 1))
    if one.turn is None or not square or not one.fills(page) or one.width * one.height > MAX_SCAN_PIXELS:
        return None
    has_mask = pdfium.FPDFPageObj_HasTransparency(one.object.raw)
    # A stencil mask has no colours of its own.
    stencil = colours == pdfium.FPDF_COLORSPACE_UNKNOWN
    return None if has_mask or stencil else one


def place_image(object: Any, matrix: Matrix, page: pypdfium2.PdfPage, number: int) -> PlacedImage:
    """A picture with its place. Raises `Unreadable` for one that is too large."""
    image = pypdfium2.PdfImage(object, page=page, pdf=page.pdf)
    width, height = image.get_px_size()
    if width * height > MAX_IMAGE_PIXELS:
        raise Unreadable(
            f"Page {number + 1} holds a picture of {width * height / 1e6:,.0f} megapixels;"
            f" the limit is {MAX_IMAGE_PIXELS / 1e6:,.0f}"
        )
    return PlacedImage(image, matrix, width, height)


def is_lossy(image: pypdfium2.PdfImage) -> bool:
    """Whether a picture is stored as JPEG or JPEG 2000."""
    return is_jpeg(image) or "JPXDecode" in image.get_filters()


def is_jpeg(image: pypdfium2.PdfImage) -> bool:
    """Whether a picture is stored as JPEG."""
    return image.get_filters()[-1:] in (["DCTDecode"], ["DCT"])


def walk_objects(raw: Any, within: Matrix = (1, 0, 0, 1, 0, 0), depth: int = 0) -> Iterator[tuple[Any, Matrix]]:
    """Yield every object of a page or form, with the matrix that places it on the page."""
    count, get = pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject
    if depth:
        count, get = pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject
    for index in range(count(raw)):
        object = get(raw, index)
        matrix = multiply_matrices(object_matrix(object), within)
        if pdfium.FPDFPageObj_GetType(object) != pdfium.FPDF_PAGEOBJ_FORM:
            yield object, matrix
        elif depth < MAX_FORM_DEPTH:
            yield from walk_objects(object, matrix, depth + 1)


def object_matrix(object: Any) -> Matrix:
    found = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(object, found)
    return found.a, found.b, found.c, found.d, found.e, found.f


def multiply_matrices(first: Matrix, second: Matrix) -> Matrix:
    """The matrix that applies the first and then the second (ISO 32000-1, 8.3.4)."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def annotation_kinds(page: pypdfium2.PdfPage) -> Iterator[int]:
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        yield pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
