"""The text of a photo's file: a PDF's own text, or text recognised on its pages."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.conf import settings

from jobs.stop import Stop
from photos.classification import kinds
from photos.imaging.formats import Unreadable
from photos.imaging.formats.pdf.text_layer import read_page_texts
from photos.imaging.ocr import reading
from photos.imaging.ocr.reading import MIN_TEXT_CHARACTERS, OcrLanguages
from photos.models import Photo, PhotoText

READABLE_KINDS = {kinds.DOCUMENT, kinds.SCREENSHOT}
MAX_PAGES = 200
MAX_READING_SECONDS = 240.0  # for the pages of one file; the rest stays unread
PDF = "pdf"


def ocr_languages() -> OcrLanguages:
    """The OCR languages and the folder of their data, from the settings."""
    return OcrLanguages(settings.STOPBATH_OCR_LANGUAGES, settings.STOPBATH_TESSDATA)


@dataclass
class Pages:
    """Reads the pages of a document until `ends_at`, a monotonic time."""

    photo: Photo
    stop: Stop
    sources: set[str]
    ends_at: float
    number: int = 0

    @property
    def can_read(self) -> bool:
        """Whether OCR is installed for the languages."""
        return not ocr_languages().missing

    def texts(self) -> Iterator[str]:
        """The text of each page. Raises Stopped or Aborted."""
        for own in islice(self.own_texts(), MAX_PAGES):
            self.stop.check()
            yield own if self.has_text(own) else self.recognise()
            self.number += 1
            if time.monotonic() > self.ends_at:
                return

    def own_texts(self) -> Iterator[str]:
        """The text layer of each page of a PDF; an empty text for each page of another format."""
        if self.photo.format == PDF:
            return read_page_texts(self.photo.file.path, MAX_PAGES)
        return iter([""] * self.photo.file.pages)

    def has_text(self, own: str) -> bool:
        """Whether a page's own text suffices; if so, PDF counts as a source."""
        if len(own) < MIN_TEXT_CHARACTERS:
            return False
        self.sources.add(PDF)
        return True

    def recognise(self) -> str:
        """The text recognised on the current page; empty if it cannot be rendered or takes too long."""
        if not self.can_read:
            return ""
        try:
            page = reading.read_page(
                self.photo.file.path, self.photo.format, self.number, ocr_languages(), self.stop.on_abort
            )
        except Unreadable:
            return ""
        self.sources.add(reading.ENGINE_NAME)
        return reading.join_words(page)


def read_text(photo: Photo, kind: str, stop: Stop) -> PhotoText | None:
    """The text of a document, not saved yet; None for other kinds. Raises Stopped, Aborted or Unreadable."""
    if kind not in READABLE_KINDS:
        return None
    pages = Pages(photo, stop, set(), time.monotonic() + MAX_READING_SECONDS)
    text = "\n\n".join(text for text in pages.texts() if text)
    return PhotoText(photo=photo, text=text, source=" and ".join(sorted(pages.sources)), pages=pages.number)
