"""The contact sheet as a PDF, written in parts of a few pages that are joined at the end: memory stays bounded."""

import base64
import io
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from importlib.resources import files
from pathlib import Path

import pikepdf
from anyascii import anyascii
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from photos.catalogue.words import Entry, Heading, MoreFiles, display_name, error_text, format_sizes

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 36.0  # points
COLUMNS = 5
GAP = 8.0
TILE_WIDTH = (PAGE_WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS
PICTURE_HEIGHT = TILE_WIDTH * 0.75
CAPTION_HEIGHT = 3 * 8.5
ROW_HEIGHT = PICTURE_HEIGHT + CAPTION_HEIGHT + 8
PAGES_PER_PART = 20
REGULAR_FONT, BOLD_FONT = "Roboto-Regular", "Roboto-Bold"
INK, MUTED, RAISED, ACCENT, ERROR_COLOUR = map(HexColor, ("#1f1b17", "#655c52", "#f1ede7", "#b4430c", "#c0261c"))
HEADING_STYLES = {1: (14.0, INK, 26.0), 2: (9.5, MUTED, 16.0)}  # size, colour, height
TRANSCRIPTION_NOTE = (
    "Letters that this document's font lacks are written in Latin script; the HTML sheet shows the originals."
)


@cache
def load_glyphs(font: str) -> frozenset[int]:
    """The code points of a font; the first call registers the font with ReportLab."""
    with files("font_roboto").joinpath("files", f"{font}.ttf").open("rb") as file:
        typeface = TTFont(font, io.BytesIO(file.read()))
    pdfmetrics.registerFont(typeface)
    return frozenset(typeface.face.charToGlyph)


class PdfSheet:
    """Draws the PDF contact sheet, one line after the other. Lengths are points, from the lower left corner."""

    def __init__(self, folder: Path, title: str, facts: list[str]) -> None:
        self.folder, self.title = folder, title
        self.parts: list[Path] = []
        self.page = self.column = 0
        self.transcribed = False
        self.outline: list[tuple[str, int]] = []
        self.canvas = self.new_part()
        self.begin_page()
        self.head(facts)

    # ---------------------------------------------------------------- pages

    def new_part(self) -> Canvas:
        """A canvas for the next pages, in a file of its own."""
        self.parts.append(self.folder / f"part-{len(self.parts)}.pdf")
        return Canvas(str(self.parts[-1]), pagesize=A4, invariant=True)

    def begin_page(self) -> None:
        """Start at the top of the next page."""
        if self.page and self.page % PAGES_PER_PART == 0:
            self.canvas.save()
            self.canvas = self.new_part()
        self.page += 1
        self.column = 0
        self.top = PAGE_HEIGHT - MARGIN
        self.write(str(self.page), PAGE_WIDTH - MARGIN - 20, MARGIN / 2, 20, 7.5, MUTED)

    def need(self, height: float) -> None:
        """Begin a new page unless `height` points are left on this one."""
        if self.top - height < MARGIN:
            self.canvas.showPage()
            self.begin_page()

    def head(self, facts: list[str]) -> None:
        """Draw the title, the facts about the job, and a rule."""
        self.write(self.title, MARGIN, self.top - 18, PAGE_WIDTH - 2 * MARGIN, 18, INK, BOLD_FONT)
        self.top -= 22
        for fact in facts:
            self.write(fact, MARGIN, self.top - 9, PAGE_WIDTH - 2 * MARGIN, 9, MUTED)
            self.top -= 13
        self.canvas.setStrokeColor(ACCENT)
        self.canvas.line(MARGIN, self.top, PAGE_WIDTH - MARGIN, self.top)
        self.top -= 6

    # ---------------------------------------------------------------- lines

    def add(self, line: Heading | Entry | MoreFiles) -> None:
        """Draw a heading, a file, or the number of further files."""
        if isinstance(line, Heading):
            self.end_row()
            self.heading(line)
        elif isinstance(line, MoreFiles):
            self.end_row()
            self.need(14)
            self.write(str(line), MARGIN, self.top - 9, PAGE_WIDTH - 2 * MARGIN, 8, MUTED)
            self.top -= 14
        else:
            self.tile(line)

    def heading(self, heading: Heading) -> None:
        """Draw the heading of a category, which the outline lists too, or of a day."""
        size, colour, height = HEADING_STYLES[heading.level]
        self.need(height + (16 if heading.level == 1 else 0) + ROW_HEIGHT)  # never alone at the foot of a page
        if heading.level == 1:
            self.outline.append((heading.text, self.page - 1))
        self.write(heading.text, MARGIN, self.top - height + 6, PAGE_WIDTH - 2 * MARGIN, size, colour, BOLD_FONT)
        self.top -= height

    def end_row(self) -> None:
        """Move below the current row, if it has a tile."""
        if self.column:
            self.top -= ROW_HEIGHT
        self.column = 0

    def tile(self, entry: Entry) -> None:
        """Draw a file: its picture, name, folder, and sizes or error."""
        if self.column == 0:
            self.need(ROW_HEIGHT)
        left, bottom = MARGIN + self.column * (TILE_WIDTH + GAP), self.top - PICTURE_HEIGHT
        self.canvas.setFillColor(RAISED)
        self.canvas.rect(left, bottom, TILE_WIDTH, PICTURE_HEIGHT, stroke=0, fill=1)
        if "picture" in entry:
            self.picture(entry, left, bottom)
        else:
            label = (entry["output_format"] or entry["format"]).upper()
            self.write(label, left + 6, bottom + 6, TILE_WIDTH, 8, MUTED, BOLD_FONT)
        self.write(display_name(entry), left, bottom - 9, TILE_WIDTH, 7, INK, BOLD_FONT)
        self.write(entry["path"], left, bottom - 17, TILE_WIDTH, 6.5, MUTED)
        error = error_text(entry)
        self.write(error or format_sizes(entry), left, bottom - 25, TILE_WIDTH, 6.5, ERROR_COLOUR if error else MUTED)
        self.column += 1
        if self.column == COLUMNS:
            self.end_row()

    def picture(self, entry: Entry, left: float, bottom: float) -> None:
        """Draw the picture centred in its tile; its JPEG is embedded as it is."""
        jpeg = ImageReader(io.BytesIO(base64.b64decode(entry["picture"])))
        scale = min(TILE_WIDTH / entry["width"], PICTURE_HEIGHT / entry["height"])
        width, height = entry["width"] * scale, entry["height"] * scale
        place = left + (TILE_WIDTH - width) / 2, bottom + (PICTURE_HEIGHT - height) / 2
        self.canvas.drawImage(jpeg, *place, width, height)

    def write(
        self, text: str, left: float, base: float, width: float, size: float, colour: HexColor, font: str = REGULAR_FONT
    ) -> None:
        """Draw a line of text, clipped to `width` points; letters that the font lacks are transcribed."""
        glyphs = load_glyphs(font)
        if any(ord(char) not in glyphs for char in text):
            self.transcribed = True
            text = "".join(char if ord(char) in glyphs else anyascii(char) or "?" for char in text)
        self.canvas.setFont(font, size)
        self.canvas.setFillColor(colour)
        self.canvas.drawString(left, base, clip_text(text, width, font, size))

    # ---------------------------------------------------------------- the end

    def end(self, path: Path) -> None:
        """Join the parts into one document at `path`, and delete them."""
        self.end_row()
        if self.transcribed:
            self.need(14)
            self.write(TRANSCRIPTION_NOTE, MARGIN, self.top - 10, PAGE_WIDTH - 2 * MARGIN, 7.5, MUTED)
        self.canvas.save()
        with ExitStack() as stack, pikepdf.new() as document:
            for part in self.parts:
                document.pages.extend(stack.enter_context(pikepdf.open(part)).pages)
            with document.open_outline() as outline:
                outline.root.extend(pikepdf.OutlineItem(text, page) for text, page in self.outline)
            document.docinfo["/Title"] = self.title
            document.docinfo["/Producer"] = "Stopbath"
            document.save(path)
        for part in self.parts:
            part.unlink()


def clip_text(text: str, width: float, font: str, size: float) -> str:
    """The text, clipped at its end to `width` points with an ellipsis: the beginning of a name says more."""
    if pdfmetrics.stringWidth(text, font, size) <= width:
        return text
    available = width - pdfmetrics.stringWidth("…", font, size)
    return "".join(fitting_characters(text, available, font, size)) + "…"


def fitting_characters(text: str, width: float, font: str, size: float) -> Iterator[str]:
    """The first characters of a text that fit into `width` points."""
    for char in text:
        width -= pdfmetrics.stringWidth(char, font, size)
        if width < 0:
            return
        yield char
