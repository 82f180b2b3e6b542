"""Words under the pictures of a PDF's pages: read once it is made, written where they stand, and invisible."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from photos.imaging.cancellation import Aborting, Killer
from photos.imaging.formats import Unreadable
from photos.imaging.formats.pdf.text_layer import PageText, add_text, list_page_texts
from photos.imaging.ocr.reading import MIN_TEXT_CHARACTERS, OcrLanguages, read_page

UNREADABLE_PAGE = "The text of page {} could not be read"


def add_text_layer(path: Path, languages: OcrLanguages, aborting: Aborting, killer: Killer) -> Iterator[str]:
    """Write words over the pages that have none; a note for each page that could not be read.

    Raises Unreadable where nothing can be read here, and Aborted when it was stopped.
    """
    if languages.missing:
        raise Unreadable(languages.missing)
    found: dict[int, PageText] = {}
    for number, own in enumerate(list_page_texts(path)):
        if len(own) >= MIN_TEXT_CHARACTERS:
            continue
        with suppress(Unreadable):
            found[number] = read_page(path, "pdf", number, languages, aborting)
        killer.check()
        if number not in found:
            yield UNREADABLE_PAGE.format(number + 1)
    if found:
        lettered = path.with_suffix(".lettered")
        try:
            add_text(path, lettered, found)
            lettered.replace(path)
        finally:
            lettered.unlink(missing_ok=True)
