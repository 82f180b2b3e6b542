"""What a page of a PDF is made of, read before anything of it is drawn: a scan, or text and drawings."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from photos.imaging.formats.errors import Unreadable
from photos.imaging.formats.pdf.document import PAGE_DAMAGED

POINTS = 72  # in an inch
DRAWN_DPI = 200  # for pages that are not scans
SCANNED_DPI = 75, 600  # resolutions of scanned pages that hold more than the scan; others are brought into this range
MOST_DRAWN = 64_000_000  # pixels of a page that is drawn: what would have more is drawn at a lower resolution
MOST_TAKEN = 100_000_000  # pixels of a scan that is taken as it is
MOST_INSIDE = 250_000_000  # pixels of a picture that a page may contain at all
MOST_OBJECTS = 100_000
MOST_FORMS_INSIDE = 8
SCAN_COVERS = 0.5  # of the page, at least
NEARLY = 0.005  # of a side, by which a picture may miss the border of a page that it fills
SQUARE = 0.02  # by which the two resolutions of a scan with square pixels may differ
INVISIBLE_ANNOTATIONS = {pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP}

type Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Placed:
    """A picture on a page: where it stands in points, how it is turned, and how many pixels it has."""

    object: pypdfium2.PdfImage
    matrix: Matrix
    width: int
    height: int

    @property
    def area(self) -> float:
        """Square points that it covers."""
        a, b, c, d, *_ = self.matrix
        return abs(a * d - b * c)

    @property
    def dpi(self) -> tuple[float, float]:
        """Pixels an inch, along both of its sides."""
        a, b, c, d, *_ = self.matrix
        return tuple(
            POINTS * pixels / max(length, 1e-6)
            for pixels, length in ((self.width, math.hypot(a, b)), (self.height, math.hypot(c, d)))
        )  # type: ignore[return-value]

    @property
    def turn(self) -> int | None:
        """Degrees by which it is turned clockwise; None when it is mirrored or aslant."""
        a, b, c, d, *_ = self.matrix
        small = NEARLY * max(map(abs, (a, b, c, d)))
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
        miss = NEARLY * max(right - left, top - bottom)
        found = (min(across), min(up), max(across), max(up))
        return all(abs(one - other) <= miss for one, other in zip(found, (left, bottom, right, top), strict=True))


@dataclass(frozen=True)
class Sheet:
    """A page: its size as shown and its resolution, both as if its units were points, and the scan that it may be."""

    points: tuple[float, float]
    width: int  # pixels, upright
    height: int
    dpi: float
    scan: Placed | None
    lossy: bool  # holds photos that were stored with a loss
    has_text: bool
    has_links: bool


def sheet(page: pypdfium2.PdfPage, number: int, unit: float = 1) -> Sheet:
    """What a page is, whose units have so many points. Raises Unreadable for one that would need too much memory."""
    pictures: list[Placed] = []
    drawn = has_text = False
    for count, (object, matrix) in enumerate(objects(page.raw)):
        if count >= MOST_OBJECTS:
            raise Unreadable(f"Page {number + 1} holds more than {MOST_OBJECTS:,} drawings")
        kind = pdfium.FPDFPageObj_GetType(object)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            pictures.append(picture(object, matrix, page, number))
        elif kind == pdfium.FPDF_PAGEOBJ_TEXT:
            has_text = True
            drawn = drawn or pdfium.FPDFTextObj_GetTextRenderMode(object) != pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
        else:
            drawn = True
    kinds = set(annotations(page))
    scan = None if drawn or kinds - INVISIBLE_ANNOTATIONS else scan_of(page, pictures, number)
    return Sheet(
        points=page.get_size(),
        **size(page, scan, pictures, unit),
        scan=scan,
        lossy=any(is_lossy(each.object) for each in pictures),
        has_text=has_text,
        has_links=pdfium.FPDF_ANNOT_LINK in kinds,
    )


def size(page: pypdfium2.PdfPage, scan: Placed | None, pictures: list[Placed], unit: float) -> dict[str, Any]:
    """Width, height and resolution: those of the scan, or as many pixels as the page's points need."""
    if scan is not None:
        aside = ((scan.turn or 0) + page.get_rotation()) % 180 == 90
        width, height = (scan.height, scan.width) if aside else (scan.width, scan.height)
        return {"width": width, "height": height, "dpi": max(scan.dpi)}
    across, down = (max(side, 1.0) for side in page.get_size())
    dpi = min(wanted_dpi(page, pictures, unit), POINTS * math.sqrt(MOST_DRAWN / (across * down)))
    return {
        "width": max(1, round(across * dpi / POINTS)),
        "height": max(1, round(down * dpi / POINTS)),
        "dpi": dpi,
    }


def wanted_dpi(page: pypdfium2.PdfPage, pictures: list[Placed], unit: float) -> float:
    """The resolution of a page that is to be drawn: that of the scan that covers most of it, or the usual one."""
    left, bottom, right, top = page.get_bbox()
    whole = (right - left) * (top - bottom)
    if sum(each.area for each in pictures) < SCAN_COVERS * whole:
        return DRAWN_DPI * unit
    finest = max(max(each.dpi) for each in pictures if each.area > whole / 100) if whole else DRAWN_DPI * unit
    return min(max(finest, SCANNED_DPI[0] * unit), SCANNED_DPI[1] * unit)


def scan_of(page: pypdfium2.PdfPage, pictures: list[Placed], number: int) -> Placed | None:
    """The one picture that fills the page with square pixels, if there is nothing else. Raises Unreadable."""
    if len(pictures) != 1:
        return None
    (one,) = pictures
    across, down = one.dpi
    square = abs(across - down) <= SQUARE * max(across, down)
    colours = one.object.get_metadata().colorspace
    if is_jpeg(one.object) and colours == pdfium.FPDF_COLORSPACE_UNKNOWN:
        raise Unreadable(PAGE_DAMAGED.format(number + 1))  # else the page would pass for an empty one
    if one.turn is None or not square or not one.fills(page) or one.width * one.height > MOST_TAKEN:
        return None
    masked = pdfium.FPDFPageObj_HasTransparency(one.object.raw)
    # A stencil has no colours of its own.
    stencil = colours == pdfium.FPDF_COLORSPACE_UNKNOWN
    return None if masked or stencil else one


def picture(object: Any, matrix: Matrix, page: pypdfium2.PdfPage, number: int) -> Placed:
    """A picture with its place. Raises Unreadable for one that is too large."""
    image = pypdfium2.PdfImage(object, page=page, pdf=page.pdf)
    width, height = image.get_px_size()
    if width * height > MOST_INSIDE:
        raise Unreadable(
            f"Page {number + 1} holds a picture of {width * height / 1e6:,.0f} megapixels;"
            f" the limit is {MOST_INSIDE / 1e6:,.0f}"
        )
    return Placed(image, matrix, width, height)


def is_lossy(image: pypdfium2.PdfImage) -> bool:
    """Whether a picture is stored as a JPEG or JPEG 2000."""
    return is_jpeg(image) or "JPXDecode" in image.get_filters()


def is_jpeg(image: pypdfium2.PdfImage) -> bool:
    """Whether a picture is stored as a JPEG."""
    return image.get_filters()[-1:] in (["DCTDecode"], ["DCT"])


def objects(raw: Any, within: Matrix = (1, 0, 0, 1, 0, 0), depth: int = 0) -> Iterator[tuple[Any, Matrix]]:
    """Everything that is drawn on a page or in a form, with the matrix that puts it on the page."""
    count, get = pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject
    if depth:
        count, get = pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject
    for index in range(count(raw)):
        object = get(raw, index)
        matrix = joined(matrix_of(object), within)
        if pdfium.FPDFPageObj_GetType(object) != pdfium.FPDF_PAGEOBJ_FORM:
            yield object, matrix
        elif depth < MOST_FORMS_INSIDE:
            yield from objects(object, matrix, depth + 1)


def matrix_of(object: Any) -> Matrix:
    """How an object is put on its page or form."""
    found = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(object, found)
    return found.a, found.b, found.c, found.d, found.e, found.f


def joined(first: Matrix, second: Matrix) -> Matrix:
    """The matrix that does one after the other (ISO 32000-1, 8.3.4)."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def annotations(page: pypdfium2.PdfPage) -> Iterator[int]:
    """The kinds of all annotations."""
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        yield pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
