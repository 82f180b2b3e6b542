from pathlib import Path
from typing import ClassVar

import pyvips

from photos.formats import comments
from photos.formats.base import LEAST, MOST, NORMAL, Format, Saving


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

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        image = image.copy()
        for number, comment in enumerate(filter(self.holds_comment, comments.of(image))):
            image.set_type(pyvips.GValue.gstr_type, f"png-comment-{number:03}-Comment", comment.decode())
        image.pngsave(str(path), keep=saving.kept, interlace=saving.progressive, **self.efforts[saving.effort])
