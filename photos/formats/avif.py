from pathlib import Path
from typing import Any

import pyvips

from photos.formats.base import Format, Saving
from photos.formats.nclx import in_its_colours


class Avif(Format):
    """Small pictures for the web; slow to make."""

    name = "avif"
    label = "AVIF"
    extension = "avif"
    mime = "image/avif"
    loader = "heifload"
    longest = 16_384
    most_megapixels = 80  # the decoder takes up to 25 bytes a pixel

    def open(self, path: Path, shrink: float = 1, **options: Any) -> pyvips.Image:
        return in_its_colours(super().open(path, shrink, **options), path)

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        # Effort 4, the default, takes 14 times as long as effort 1 and saves 4 % of the size.
        image.heifsave(
            str(path), keep=saving.kept, compression="av1", effort=1, Q=saving.quality or 60, lossless=saving.lossless
        )
