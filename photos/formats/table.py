"""The formats, by name. What is recognised but not opened yet is refused with a sentence."""

from photos.formats.avif import Avif
from photos.formats.base import Format
from photos.formats.errors import Unreadable
from photos.formats.gif import Gif
from photos.formats.heic import Heic
from photos.formats.jpeg import Jpeg
from photos.formats.others import NO_PICTURE
from photos.formats.pdf import Pdf
from photos.formats.png import Png
from photos.formats.raw import Raw
from photos.formats.tiff import Tiff
from photos.formats.webp import Webp

FORMATS: dict[str, Format] = {
    each.name: each for each in (Jpeg(), Png(), Webp(), Avif(), Heic(), Tiff(), Gif(), Raw(), Pdf())
}
SAVED = tuple(name for name, each in FORMATS.items() if each.can_be_saved)

NOT_YET = {
    "jxl": "JPEG XL cannot be opened here: save the picture as JPEG, PNG or TIFF first",
}
EMPTY = "The file is empty"

MIME = {name: each.mime for name, each in FORMATS.items()}
EXTENSION = {name: each.extension for name, each in FORMATS.items()}


def format_of(name: str | None) -> Format:
    """The format of that name. Raises Unreadable for one that cannot be opened."""
    if name in FORMATS:
        return FORMATS[name]
    raise Unreadable(NOT_YET.get(name or "", NO_PICTURE))
