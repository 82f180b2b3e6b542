"""Text recognition by Tesseract, which the extra `ocr` installs.

Tesseract cannot be stopped and may crash: it runs in a child process of its own, which a stop kills.
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

ENGINE_NAME = "tesseract"
MAX_SIDE_PIXELS = 4000  # pixels of a page's longer edge: an A4 page at 300 dpi has 3,508
MIN_CONFIDENCE_PERCENT = 40  # words below it are noise
MIN_INK_SHARE = 0.0015  # share of dark pixels from which a page without words is worth a second try
MIN_TEXT_CHARACTERS = 16  # characters from which a page has a text of its own and need not be read
DEFAULT_DPI = 200  # for pictures that state no resolution
BLUR_SIGMA, ENLARGEMENT = 1.0, 2  # of the second try
MAX_PAGE_SECONDS = 30.0  # of one try
GRACE_SECONDS = 20.0  # seconds that a busy machine may take on top of both tries' deadlines


def is_installed() -> bool:
    """Whether the extra `ocr` is installed."""
    return importlib.util.find_spec("tesserocr") is not None


@dataclass(frozen=True)
class OcrLanguages:
    """The languages to recognise, and the folder of their models."""

    languages: str = "eng"  # as Tesseract names them, with + in between
    folder: str = ""  # of its *.traineddata; empty: where the wheels put theirs

    @property
    def path(self) -> Path:
        """The folder of the models."""
        return Path(self.folder) if self.folder else Path(sys.prefix) / "share" / "tessdata"

    @property
    def missing(self) -> str:
        """Why no text can be recognised, as a sentence; empty if all is there."""
        if not is_installed():
            return "Text recognition is not installed: it needs the extra ocr"
        lacking = [name for name in self.languages.split("+") if not (self.path / f"{name}.traineddata").exists()]
        return f"Text recognition lacks the language {lacking[0]}" if lacking else ""


ENGLISH = OcrLanguages()


@cache
def sandbox() -> Sandbox:
    """The one recognising child of this process, started when it is first needed."""
    children = Sandbox(processes=1)
    atexit.register(children.close)
    return children


def read_page(
    path: Path, format: str, page: int, languages: OcrLanguages, aborting: Aborting, seconds: float = MAX_PAGE_SECONDS
) -> PageText:
    """The words of a page, counted from 0.

    Raises Unreadable, also when recognition takes too long, or Aborted by a stop.
    """
    with sandbox().child(seconds) as child:
        with stoppable(aborting, child.process.kill):
            # Tesseract keeps the deadline itself; the limits here are for a child that no longer answers.
            most = 2 * seconds  # for both tries
            text: PageText = child.call(
                recognise_page, (path, format, page, languages, seconds), most, most + GRACE_SECONDS
            )
        return text


# ---------------------------------------------------------------- in the child


def recognise_page(path: Path, format: str, page: int, languages: OcrLanguages, seconds: float) -> PageText:
    """The words of a page; a page with ink but no words is tried once more, blurred and enlarged."""
    with plain_errors():
        image = open_page(path, format, page)
        found = recognise(image, languages, seconds)
        if found.words or not has_ink(image):
            return found
        larger = recognise(image.gaussblur(BLUR_SIGMA).resize(ENLARGEMENT), languages, seconds)
    words = [
        Word(w.text, w.left / ENLARGEMENT, w.top / ENLARGEMENT, w.width / ENLARGEMENT, w.height / ENLARGEMENT)
        for w in larger.words
    ]
    return PageText(image.width, image.height, words)


def open_page(path: Path, format: str, page: int) -> pyvips.Image:
    """A page, upright, grey, and no larger than recognition needs it."""
    opener, which = format_of(format), {"page": page} if page else {}
    header = opener.header(path, **which)
    shrink = max(1.0, min(max(header.width, header.height) / MAX_SIDE_PIXELS, header.width, header.height))
    image = opener.open(path, shrink, **which)
    image = convert.to_8_bits(convert.to_opaque(convert.to_srgb(convert.to_plain(image.autorot())))).colourspace("b-w")
    return image.thumbnail_image(MAX_SIDE_PIXELS, height=MAX_SIDE_PIXELS, size="down").copy_memory()


def has_ink(image: pyvips.Image) -> bool:
    """Whether enough of a page is darker than its paper to be writing."""
    return bool((image < image.percent(50) - 50).avg() / 255 > MIN_INK_SHARE)


def recognise(image: pyvips.Image, languages: OcrLanguages, seconds: float) -> PageText:
    """The words that Tesseract finds in a grey picture. Raises Unreadable after so many seconds."""
    api = load_tesseract(languages)
    api.SetImageBytes(bytes(image.write_to_memory()), image.width, image.height, 1, image.width)
    api.SetSourceResolution(round(image.xres * 25.4) if image.xres > 2 else DEFAULT_DPI)
    if not api.Recognize(round(seconds * 1000)):
        raise Unreadable("The page takes too long to read")
    try:
        return PageText(image.width, image.height, list(walk_words(api)))
    finally:
        api.Clear()


@cache
def load_tesseract(languages: OcrLanguages) -> Any:
    """Tesseract with its models loaded, once in the life of a child."""
    os.environ["OMP_THREAD_LIMIT"] = "1"  # the processes are the parallelism
    import tesserocr  # noqa: PLC0415 - an extra, and it reads the environment when it is loaded

    api = tesserocr.PyTessBaseAPI(
        path=str(languages.path), lang=languages.languages, psm=tesserocr.PSM.AUTO_OSD, oem=tesserocr.OEM.LSTM_ONLY
    )
    api.SetVariable("debug_file", os.devnull)
    return api


def walk_words(api: Any) -> Iterator[Word]:
    """Yield the words above the minimum confidence, in reading order; a line's last word ends with a line feed."""
    from tesserocr import RIL, iterate_level  # noqa: PLC0415

    result = api.GetIterator()
    if result is None:
        return
    for word in iterate_level(result, RIL.WORD):
        if word.Empty(RIL.WORD) or word.Confidence(RIL.WORD) < MIN_CONFIDENCE_PERCENT:
            continue
        text = word.GetUTF8Text(RIL.WORD).strip()
        if not text:
            continue
        left, top, right, bottom = word.BoundingBox(RIL.WORD)
        end = "\n" if word.IsAtFinalElement(RIL.TEXTLINE, RIL.WORD) else ""
        yield Word(text + end, left, top, right - left, bottom - top)


def join_words(page: PageText) -> str:
    """The words of a page as text with a line for each line."""
    return " ".join(word.text for word in page.words).replace("\n ", "\n").strip()
