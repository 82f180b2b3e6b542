"""Reading printed text with Tesseract, which the extra `ocr` brings.

Tesseract has no way to be stopped and may crash: it runs in a child process of its own, which a stop simply ends.
"""

import atexit
import importlib.util
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyvips

from photos.imaging.cancellation import Aborting, stoppable
from photos.imaging.formats import Unreadable, format_of, plain_errors
from photos.imaging.formats.colour import convert
from photos.imaging.formats.pdf.text_layer import PageText, Word
from photos.imaging.sandbox import Sandbox

NAME = "tesseract"
LONGEST = 4000  # pixels of a page's longer edge: an A4 page at 300 dpi has 3,508
SURE = 40  # percent: words that Tesseract believes in less are noise
INK = 0.0015  # share of dark pixels from which a page without words is worth a second look
ENOUGH = 16  # characters from which a page has a text of its own and need not be read
DPI = 200  # where nobody says
SOFTENED, ENLARGED = 1.0, 2  # what makes the second look easier
LATE = 20.0  # seconds that a busy machine may take on top of both looks' deadlines


def installed() -> bool:
    """Whether there is Tesseract."""
    return importlib.util.find_spec("tesserocr") is not None


@dataclass(frozen=True)
class Tongue:
    """Which languages are read, and where what is known of them lies."""

    languages: str = "eng"  # as Tesseract names them, with + in between
    folder: str = ""  # of its *.traineddata; empty: where the wheels put theirs

    @property
    def path(self) -> Path:
        """The folder."""
        return Path(self.folder) if self.folder else Path(sys.prefix) / "share" / "tessdata"

    @property
    def missing(self) -> str:
        """Why nothing can be read, as a sentence; empty when all is there."""
        if not installed():
            return "Text recognition is not installed: it needs the extra ocr"
        lacking = [name for name in self.languages.split("+") if not (self.path / f"{name}.traineddata").exists()]
        return f"Text recognition lacks the language {lacking[0]}" if lacking else ""


ENGLISH = Tongue()


@cache
def sandbox() -> Sandbox:
    """The one child of this process that reads, started when it is first needed."""
    children = Sandbox(processes=1)
    atexit.register(children.close)
    return children


def read(path: Path, format: str, page: int, tongue: Tongue, aborting: Aborting, seconds: float = 30) -> PageText:
    """The words of a page, counted from 0. Raises Unreadable, also when it takes too long, or Aborted by a stop."""
    with sandbox().child(seconds) as child:
        with stoppable(aborting, child.process.kill):
            # The child keeps the deadline itself; here it is only for one that no longer answers.
            most = 2 * seconds  # for both looks
            found: PageText = child.call(words_of, (path, format, page, tongue, seconds), most, most + LATE)
        return found


# ---------------------------------------------------------------- in the child


def words_of(path: Path, format: str, page: int, tongue: Tongue, seconds: float) -> PageText:
    """The words of a page; a page with ink and without words is looked at once more, softened and enlarged."""
    with plain_errors():
        image = opened(path, format, page)
        found = recognised(image, tongue, seconds)
        if found.words or not inked(image):
            return found
        larger = recognised(image.gaussblur(SOFTENED).resize(ENLARGED), tongue, seconds)
    words = [
        Word(w.text, w.left / ENLARGED, w.top / ENLARGED, w.width / ENLARGED, w.height / ENLARGED) for w in larger.words
    ]
    return PageText(image.width, image.height, words)


def opened(path: Path, format: str, page: int) -> pyvips.Image:
    """A page, upright, grey, and no larger than text needs to be."""
    opener, which = format_of(format), {"page": page} if page else {}
    header = opener.header(path, **which)
    shrink = max(1.0, min(max(header.width, header.height) / LONGEST, header.width, header.height))
    image = opener.open(path, shrink, **which)
    image = convert.to_8_bits(convert.to_opaque(convert.to_srgb(convert.to_plain(image.autorot())))).colourspace("b-w")
    return image.thumbnail_image(LONGEST, height=LONGEST, size="down").copy_memory()


def inked(image: pyvips.Image) -> bool:
    """Whether there is something on a page."""
    return bool((image < image.percent(50) - 50).avg() / 255 > INK)


def recognised(image: pyvips.Image, tongue: Tongue, seconds: float) -> PageText:
    """What Tesseract reads. Raises Unreadable when it takes too long."""
    api = tesseract(tongue)
    api.SetImageBytes(bytes(image.write_to_memory()), image.width, image.height, 1, image.width)
    api.SetSourceResolution(round(image.xres * 25.4) if image.xres > 2 else DPI)
    if not api.Recognize(round(seconds * 1000)):
        raise Unreadable("The page takes too long to read")
    try:
        return PageText(image.width, image.height, list(words_in(api)))
    finally:
        api.Clear()


@cache
def tesseract(tongue: Tongue) -> Any:
    """Tesseract, ready to read; loaded once in the life of a child."""
    os.environ["OMP_THREAD_LIMIT"] = "1"  # the processes are the parallelism
    import tesserocr  # noqa: PLC0415 - an extra, and it reads the environment when it is loaded

    api = tesserocr.PyTessBaseAPI(
        path=str(tongue.path), lang=tongue.languages, psm=tesserocr.PSM.AUTO_OSD, oem=tesserocr.OEM.LSTM_ONLY
    )
    api.SetVariable("debug_file", os.devnull)
    return api


def words_in(api: Any) -> Iterator[Word]:
    """The words that are believed in, in the order in which they are read; the last one of a line ends it."""
    from tesserocr import RIL, iterate_level  # noqa: PLC0415

    result = api.GetIterator()
    if result is None:
        return
    for found in iterate_level(result, RIL.WORD):
        if found.Empty(RIL.WORD) or found.Confidence(RIL.WORD) < SURE:
            continue
        text = found.GetUTF8Text(RIL.WORD).strip()
        if not text:
            continue
        left, top, right, bottom = found.BoundingBox(RIL.WORD)
        end = "\n" if found.IsAtFinalElement(RIL.TEXTLINE, RIL.WORD) else ""
        yield Word(text + end, left, top, right - left, bottom - top)


def text_of(page: PageText) -> str:
    """The words of a page as lines."""
    return " ".join(word.text for word in page.words).replace("\n ", "\n").strip()
