"""Watermark: a text on the picture."""

from functools import lru_cache
from html import escape
from typing import Annotated

import font_roboto
import pyvips
from pydantic import Field

from photos.imaging.formats import Unreadable
from photos.imaging.formats.colour import convert
from photos.imaging.formats.colour.luminance import SRGB_WEIGHTS
from photos.imaging.formats.metadata import templates
from photos.imaging.formats.metadata.templates import TEXT_FIELDS_HELP
from photos.imaging.operations.pixels.marks import Mark, MarkOptions, available_size, draw_mark
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import Colour, Line, WithFields

FONT = "Roboto Medium"  # what it lacks, such as Chinese, comes from the fonts of the system
FONT_FILE = font_roboto.RobotoMedium
NO_LETTERS = "No installed font has any letter of the watermark"
NO_VALUES = "No watermark: this picture has no value for the fields of its text"
TRIAL_PIXELS = 100  # pixels: the size in which a text is first measured
GLOW_REACH = 0.08  # how far the glow around the letters reaches, in sizes of the font
GLOW_STRENGTH = 1.2
GLOW_COVER = 0.6
DARK_BELOW = 128  # letters below this brightness glow white, others black


class Watermark(Operation):
    """Write a text on the picture."""

    name = "watermark"
    label = "Watermark"
    help = "Writes a text on pictures, readable on light and on dark, with the year and the artist of each if you like."
    keeps_positions = True

    class Options(MarkOptions):
        text: Annotated[str, Line(200), WithFields] = Field(
            "© {year} {artist}", description=f"Text of the watermark. {TEXT_FIELDS_HELP}"
        )
        colour: Colour = Field("#ffffff", description="Colour of the letters.")

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        words = templates.fill_fields(options.text, page)
        if not templates.is_visible(words):
            return page
        return draw_mark(page, draw_text_mark(words, *available_size(page, options), options.colour), options)

    def note(self, page: pyvips.Image, options: Options) -> str:
        return "" if templates.is_visible(templates.fill_fields(options.text, page)) else NO_VALUES


@lru_cache(maxsize=1)  # the frames of an animation and the pages of a scan carry the same
def draw_text_mark(words: str, width: int, height: int, colour: str) -> Mark:
    """The text as large as fits into width × height, with a glow around its letters.

    Raises Unreadable if no font has its letters.
    """
    trial = draw_text(words, TRIAL_PIXELS)
    around = 2 * GLOW_REACH * TRIAL_PIXELS
    size = TRIAL_PIXELS * min(width / (trial.width + around), height / (trial.height + around))
    letters = draw_text(words, size)
    reach = max(0, min(round(GLOW_REACH * size), (width - letters.width) // 2, (height - letters.height) // 2))
    canvas = letters.embed(reach, reach, letters.width + 2 * reach, letters.height + 2 * reach)
    return add_glow(canvas.crop(0, 0, min(width, canvas.width), min(height, canvas.height)), reach, colour)


def draw_text(words: str, size: float) -> pyvips.Image:
    """The text in letters of that size in pixels: white on black, without a margin.

    Raises Unreadable if no font has its letters.
    """
    marked_up = escape(words, quote=False)  # Pango would take what looks like a tag for one
    try:
        return pyvips.Image.text(marked_up, font=f"{FONT} {size:.2f}", fontfile=FONT_FILE, dpi=72)
    except pyvips.Error as error:
        if "no text to render" not in str(error):
            raise
        raise Unreadable(NO_LETTERS) from error


def add_glow(letters: pyvips.Image, reach: int, colour: str) -> Mark:
    """The letters in `colour` (#rrggbb), with a glow of `reach` pixels that contrasts with them."""
    face = letters.linear(1 / 255, 0)
    glow = face.gaussblur(max(reach / 2, 0.3)).linear(GLOW_STRENGTH, 0)
    glow = (glow > 1).ifthenelse(1, glow) * GLOW_COVER * (1 - face)
    ink = convert.parse_colour(colour)
    behind = 255 if colour_luma(ink) < DARK_BELOW else 0
    cover = face + glow
    share = face / (cover == 0).ifthenelse(1, cover)
    colours = convert.label_srgb(share * ink + (1 - share) * behind)
    return Mark(colours.copy_memory(), (cover * 255).rint().cast("uchar").copy_memory())


def colour_luma(ink: list[int]) -> float:
    """The luma of a colour, 0 to 255 (ITU-R BT.709)."""
    return sum(part * weight for part, weight in zip(ink, SRGB_WEIGHTS, strict=True)) if len(ink) > 1 else ink[0]
