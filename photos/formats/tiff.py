from pathlib import Path

import pyvips

from photos.formats.base import Format, Saving


class Tiff(Format):
    """Scans and prints, also of several pages; every pixel stays as it is."""

    name = "tiff"
    label = "TIFF"
    extension = "tif"
    mime = "image/tiff"
    loader = "tiffload"
    longest = 1_000_000
    holds_16_bits = True
    holds_pages = True

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        image.tiffsave(str(path), keep=saving.kept, compression="deflate", predictor="horizontal")
