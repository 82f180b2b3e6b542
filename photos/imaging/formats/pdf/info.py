"""What a PDF says about itself, as fields of a picture, and back: so that steps treat it like any other's metadata."""

from contextlib import suppress
from pathlib import Path

import pikepdf
import pyvips
from anyascii import anyascii

from photos.imaging.formats.metadata import vips_fields, xmp
from photos.imaging.formats.metadata.rights import RightsMetadata
from photos.imaging.formats.pdf.document import MALFORMED_ERRORS, parse_document

# The author as the document writes it: EXIF knows ASCII alone, and XMP may be stripped.
AUTHOR_FIELD = "page-author"


def attach_info(image: pyvips.Image, path: Path) -> pyvips.Image:
    """The picture of a page with what its document says: who made it, and what it is about."""
    with suppress(*MALFORMED_ERRORS), parse_document(path) as pdf:
        packet, author, subject = read_xmp(pdf), read_line(pdf, "/Author"), read_line(pdf, "/Subject")
        image = image.copy()
        if packet:
            image.set_type(pyvips.GValue.blob_type, vips_fields.XMP, packet)
        if author:
            image.set_type(pyvips.GValue.gstr_type, AUTHOR_FIELD, author)
        said = RightsMetadata(artist=author, caption=subject)
        return said.write_to(image) if said else image
    return image


def read_xmp(pdf: pikepdf.Pdf) -> bytes:
    """The document's XMP; empty without one."""
    found = pdf.Root.get("/Metadata")
    return bytes(found.read_bytes()) if isinstance(found, pikepdf.Stream) else b""


def read_line(pdf: pikepdf.Pdf, name: str) -> str:
    """A text of the document's information, without what cannot be shown."""
    text = str(pdf.docinfo.get(name, ""))
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def write_info(pdf: pikepdf.Pdf, image: pyvips.Image) -> None:
    """Write what a picture says about itself into a document."""
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
    """Who made a picture."""
    found = rights_text(image, xmp.ARTIST, vips_fields.ARTIST)
    known = vips_fields.text(image, AUTHOR_FIELD)
    return known if found == anyascii(known) else found


def rights_text(image: pyvips.Image, place: xmp.Property, field: str) -> str:
    """What a picture says in XMP, or else in EXIF."""
    packet = bytes(image.get(vips_fields.XMP)) if vips_fields.has(image, vips_fields.XMP) else b""
    return xmp.read_text(packet, place) or vips_fields.exif_text(image, field)
