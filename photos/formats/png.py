from pathlib import Path

import pyvips

from photos.formats.base import Format, Saving


class Png(Format):
    """Drawings and screenshots; every pixel stays as it is."""

    name = "png"
    label = "PNG"
    extension = "png"
    mime = "image/png"
    loader = "pngload"
    holds_16_bits = True

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        image.pngsave(str(path), keep=saving.kept)
