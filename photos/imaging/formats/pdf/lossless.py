"""Rewrites a PDF with its pages unchanged, for steps that need no pixels."""

import base64
import zlib
from pathlib import Path

import pikepdf
import pyvips

from photos.imaging.formats.base import Saving
from photos.imaging.formats.errors import Unreadable
from photos.imaging.formats.jpeg.segments import strip_metadata
from photos.imaging.formats.pdf import info
from photos.imaging.formats.pdf.document import MALFORMED_ERRORS, PDF_DAMAGED, parse_document
from photos.imaging.formats.pdf.joining import remove_metadata

METADATA_KEYS = ("/Metadata", "/PieceInfo", "/LastModified")  # any object may have them

DECODERS = {
    "/FlateDecode": zlib.decompress,
    "/ASCII85Decode": lambda data: base64.a85decode(b"<~" + data.strip(), adobe=True),
    "/ASCIIHexDecode": lambda data: bytes.fromhex(data.decode("ascii").rstrip("> \n")),
}


def rewrite(source: Path, target: Path, saving: Saving, turn: int, about: pyvips.Image) -> None:
    """Write the PDF again, its pages turned clockwise by `turn` degrees, without the metadata that `saving` drops.

    `about`: a picture of the first page after all steps, whose metadata are written. Raises `Unreadable`.
    """
    try:
        with parse_document(source) as pdf:
            for page in pdf.pages if turn else ():
                page.rotate(turn, relative=True)
            if saving.keep is not None:
                remove_metadata(pdf)
            if saving.without_place or saving.keep is not None:
                strip_objects(pdf)
            if saving.rights or saving.without_place or saving.keep is not None:
                info.write_info(pdf, about)
            pdf.save(target, deterministic_id=True, fix_metadata_version=False)
    except MALFORMED_ERRORS as error:
        raise Unreadable(PDF_DAMAGED) from error


def strip_objects(pdf: pikepdf.Pdf) -> None:
    """Remove metadata from pages and pictures, such as the place where a photo was taken."""
    for object in pdf.objects:
        if not isinstance(object, pikepdf.Dictionary | pikepdf.Stream):
            continue
        for key in METADATA_KEYS:
            if key in object:
                del object[key]
        if isinstance(object, pikepdf.Stream):
            strip_jpeg(object)


def strip_jpeg(stream: pikepdf.Stream) -> None:
    """Remove the metadata from a JPEG inside a PDF; its encoded pixels stay."""
    before = extract_jpeg(stream)
    after = strip_metadata(before)
    if after == before:
        return
    parameters = stream.get("/DecodeParms")
    stream.write(after, filter=pikepdf.Name.DCTDecode)
    if isinstance(parameters, pikepdf.Dictionary):
        stream.DecodeParms = parameters


def extract_jpeg(stream: pikepdf.Stream) -> bytes:
    """The JPEG in a stream, perhaps compressed once more; empty without one."""
    names = stream.get("/Filter", pikepdf.Array())
    filters = [str(name) for name in (names if isinstance(names, pikepdf.Array) else [names])]
    if filters[-1:] != ["/DCTDecode"]:
        return b""
    data = stream.read_raw_bytes()
    try:
        for name in filters[:-1]:
            data = DECODERS[name](data)
    except (KeyError, ValueError, zlib.error):
        return b""
    return data
