"""Text layers: recognised words, written invisibly under the pictures of a finished PDF's pages."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from photos.imaging.cancellation import Aborting, Killer
from photos.imaging.formats import Unreadable
from photos.imaging.formats.pdf.text_layer import PageText, add_text, list_page_texts
from photos.imaging.ocr.reading import MIN_TEXT_CHARACTERS, OcrLanguages, read_page

UNREADABLE_PAGE = "The text of page {} could not be read"


def add_text_layer(path: Path, languages: OcrLanguages, aborting: Aborting, killer: Killer) -> Iterator[str]:
    """Recognise the words of pages without text, add them to the PDF, and yield a note for each page that failed.

    Raises Unreadable if text recognition or a language is not installed, and Aborted after a stop.
    """
    if languages.missing:
        raise Unreadable(languages.missing)
    texts: dict[int, PageText] = {}
    for number, own in enumerate(list_page_texts(path)):
        if len(own) >= MIN_TEXT_CHARACTERS:
            continue
        with suppress(Unreadable):
            texts[number] = read_page(path, "pdf", number, languages, aborting)
        killer.check()
        if number not in texts:
            yield UNREADABLE_PAGE.format(number + 1)
    if texts:
        temporary = path.with_suffix(".text")
        try:
            add_text(path, temporary, texts)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
