from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pyvips

from photos.imaging.formats.base import LEAST, MOST, NORMAL, Format, Saving
from photos.imaging.formats.metadata import comments, iptc, png_text, vips_fields

PROFILES = {b"Exif\0\0": vips_fields.EXIF, iptc.PHOTOSHOP: vips_fields.IPTC, b"<": vips_fields.XMP}


class Png(Format):
    """Drawings and screenshots; every pixel stays as it is."""

    name = "png"
    label = "PNG"
    extension = "png"
    mime = "image/png"
    loader = "pngload"
    holds_16_bits = True
    bits = 16
    can_be_progressive = True
    efforts: ClassVar = {LEAST: {"compression": 1}, NORMAL: {"compression": 6}, MOST: {"compression": 9}}

    def holds_comment(self, comment: bytes) -> bool:
        return comment.isascii() and b"\0" not in comment  # libvips writes letters in another way than PNG says

    def header(self, path: Path, **options: Any) -> pyvips.Image:
        return with_texts(super().header(path, **options), png_text.chunks(path))

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        image.pngsave(str(path), keep=saving.kept, interlace=saving.progressive, **self.efforts[saving.effort])
        said = [png_text.plain(b"Comment", comment) for comment in filter(self.holds_comment, comments.of(image))]
        png_text.insert(path, [*texts_of(image), *said])


def with_texts(image: pyvips.Image, texts: Iterator[bytes]) -> pyvips.Image:
    """The picture with the texts of its file; those that stand for EXIF, XMP or IPTC as such, if they can be read."""
    image = vips_fields.removed(
        image, [name for name in vips_fields.names(image) if name.startswith(vips_fields.CUT_TEXT)]
    )
    for number, chunk in enumerate(texts):
        name, value = f"{vips_fields.PNG_TEXT}{number:04}", chunk
        if png_text.is_profile(chunk):
            value = png_text.profile(chunk)
            name = field_of(value)
        if name and not vips_fields.has(image, name):
            image.set_type(pyvips.GValue.blob_type, name, value)
            # Nobody who shows a picture looks there for how it is to be turned.
            image = (
                vips_fields.removed(image, ["orientation", vips_fields.ORIENTATION])
                if name == vips_fields.EXIF
                else image
            )
    return image


def field_of(profile: bytes) -> str:
    """The field for a profile of ImageMagick; empty for one of another kind."""
    return next((field for sign, field in PROFILES.items() if profile.startswith(sign)), "")


def texts_of(image: pyvips.Image) -> Iterator[bytes]:
    """The chunks with the texts of a picture, IPTC among them: PNG knows it only as a profile of ImageMagick."""
    for name in sorted(vips_fields.names(image)):
        if name.startswith(vips_fields.PNG_TEXT):
            yield bytes(image.get(name))
    if vips_fields.has(image, vips_fields.IPTC):
        block = iptc.for_jpeg(bytes(image.get(vips_fields.IPTC)))
        yield png_text.as_profile(b"iptc", block.removeprefix(iptc.PHOTOSHOP))
