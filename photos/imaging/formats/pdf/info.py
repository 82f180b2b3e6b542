"""The metadata of a PDF document as fields of a picture, and back, so that steps treat it like any other's."""

from contextlib import suppress
from pathlib import Path

import pikepdf
import pyvips
from anyascii import anyascii

from photos.imaging.formats.metadata import vips_fields, xmp
from photos.imaging.formats.metadata.rights import RightsMetadata
from photos.imaging.formats.pdf.document import MALFORMED_ERRORS, parse_document

# The author in the document's own letters: EXIF holds ASCII alone, and XMP may be stripped.
AUTHOR_FIELD = "page-author"


def attach_info(image: pyvips.Image, path: Path) -> pyvips.Image:
    """Attach XMP, author and subject of a document to the picture of its page."""
    with suppress(*MALFORMED_ERRORS), parse_document(path) as pdf:
        packet, author, subject = read_xmp(pdf), read_line(pdf, "/Author"), read_line(pdf, "/Subject")
        image = image.copy()
        if packet:
            image.set_type(pyvips.GValue.blob_type, vips_fields.XMP, packet)
        if author:
            image.set_type(pyvips.GValue.gstr_type, AUTHOR_FIELD, author)
        rights = RightsMetadata(artist=author, caption=subject)
        return rights.write_to(image) if rights else image
    return image


def read_xmp(pdf: pikepdf.Pdf) -> bytes:
    """The XMP packet of a document; empty without one."""
    stream = pdf.Root.get("/Metadata")
    return bytes(stream.read_bytes()) if isinstance(stream, pikepdf.Stream) else b""


def read_line(pdf: pikepdf.Pdf, name: str) -> str:
    text = str(pdf.docinfo.get(name, ""))
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def write_info(pdf: pikepdf.Pdf, image: pyvips.Image) -> None:
    """Write author, subject and XMP of a picture into a document."""
    for name, text in (
        ("/Author", author_of(image)),
        ("/Subject", rights_text(image, xmp.CAPTION, vips_fields.CAPTION)),
    ):
        if text:
            pdf.docinfo[name] = text
    if vips_fields.has(image, vips_fields.XMP):
        stream = pdf.make_stream(
            bytes(image.get(vips_fields.XMP)), Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
        )
        pdf.Root.Metadata = stream


def author_of(image: pyvips.Image) -> str:
    """The artist of a picture, in the document's own letters where XMP has lost them."""
    artist = rights_text(image, xmp.ARTIST, vips_fields.ARTIST)
    author = vips_fields.text(image, AUTHOR_FIELD)
    return author if artist == anyascii(author) else artist


def rights_text(image: pyvips.Image, place: xmp.Property, field: str) -> str:
    """The text in XMP, or else in EXIF."""
    packet = bytes(image.get(vips_fields.XMP)) if vips_fields.has(image, vips_fields.XMP) else b""
    return xmp.read_text(packet, place) or vips_fields.exif_text(image, field)
