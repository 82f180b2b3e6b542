"""PNG, with the text chunks that libvips would damage."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pyvips

from photos.imaging.formats.base import LEAST_EFFORT, MOST_EFFORT, NORMAL_EFFORT, Format, Saving
from photos.imaging.formats.metadata import comments, iptc, png_text, vips_fields

FIELD_BY_SIGNATURE = {b"Exif\0\0": vips_fields.EXIF, iptc.PHOTOSHOP_SIGNATURE: vips_fields.IPTC, b"<": vips_fields.XMP}


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
    efforts: ClassVar = {
        LEAST_EFFORT: {"compression": 1},
        NORMAL_EFFORT: {"compression": 6},
        MOST_EFFORT: {"compression": 9},
    }

    def holds_comment(self, comment: bytes) -> bool:
        return comment.isascii() and b"\0" not in comment  # libvips writes UTF-8 where PNG has Latin-1

    def header(self, path: Path, **options: Any) -> pyvips.Image:
        return attach_texts(super().header(path, **options), png_text.read_chunks(path))

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        image.pngsave(str(path), keep=saving.vips_keep, interlace=saving.progressive, **self.efforts[saving.effort])
        comment_chunks = [
            png_text.plain_chunk(b"Comment", comment)
            for comment in filter(self.holds_comment, comments.comments_of(image))
        ]
        png_text.insert_texts(path, [*text_chunks(image), *comment_chunks])


def attach_texts(image: pyvips.Image, texts: Iterator[bytes]) -> pyvips.Image:
    """Attach the texts of a file; chunks that encode EXIF, XMP or IPTC become these blocks."""
    image = vips_fields.remove_fields(
        image, [name for name in vips_fields.field_names(image) if name.startswith(vips_fields.PNG_COMMENT_PREFIX)]
    )
    for number, chunk in enumerate(texts):
        name, value = f"{vips_fields.PNG_TEXT_PREFIX}{number:04}", chunk
        if png_text.is_profile(chunk):
            value = png_text.decode_profile(chunk)
            name = profile_field(value)
        if name and not vips_fields.has(image, name):
            image.set_type(pyvips.GValue.blob_type, name, value)
            # No viewer turns a picture by the orientation in such a text.
            image = (
                vips_fields.remove_fields(image, ["orientation", vips_fields.ORIENTATION])
                if name == vips_fields.EXIF
                else image
            )
    return image


def profile_field(profile: bytes) -> str:
    """The field for a block that ImageMagick wrote as a text; empty for an unknown one."""
    return next((field for sign, field in FIELD_BY_SIGNATURE.items() if profile.startswith(sign)), "")


def text_chunks(image: pyvips.Image) -> Iterator[bytes]:
    """The text chunks of a picture, with IPTC as ImageMagick writes it: PNG has no chunk for it."""
    for name in sorted(vips_fields.field_names(image)):
        if name.startswith(vips_fields.PNG_TEXT_PREFIX):
            yield bytes(image.get(name))
    if vips_fields.has(image, vips_fields.IPTC):
        block = iptc.to_jpeg_block(bytes(image.get(vips_fields.IPTC)))
        yield png_text.profile_chunk(b"iptc", block.removeprefix(iptc.PHOTOSHOP_SIGNATURE))
