"""The formats, by name. A format that is recognised but not supported is refused with a sentence."""

from photos.imaging.formats.base import Format
from photos.imaging.formats.errors import Unreadable
from photos.imaging.formats.gif.format import Gif
from photos.imaging.formats.heif.avif import Avif
from photos.imaging.formats.heif.heic import Heic
from photos.imaging.formats.jpeg.format import Jpeg
from photos.imaging.formats.pdf.format import Pdf
from photos.imaging.formats.png.format import Png
from photos.imaging.formats.raw.format import Raw
from photos.imaging.formats.tiff.format import Tiff
from photos.imaging.formats.unsupported import NO_PICTURE
from photos.imaging.formats.webp import Webp

FORMATS: dict[str, Format] = {
    each.name: each for each in (Jpeg(), Png(), Webp(), Avif(), Heic(), Tiff(), Gif(), Raw(), Pdf())
}
SAVED_FORMATS = tuple(name for name, each in FORMATS.items() if each.can_be_saved)

UNSUPPORTED_SENTENCES = {
    "jxl": "JPEG XL cannot be opened here: save the picture as JPEG, PNG or TIFF first",
}
FILE_EMPTY = "The file is empty"

MIME_TYPES = {name: each.mime for name, each in FORMATS.items()}
EXTENSIONS = {name: each.extension for name, each in FORMATS.items()}


def format_of(name: str | None) -> Format:
    """The format of that name. Raises `Unreadable` for one that cannot be opened."""
    if name in FORMATS:
        return FORMATS[name]
    raise Unreadable(UNSUPPORTED_SENTENCES.get(name or "", NO_PICTURE))
