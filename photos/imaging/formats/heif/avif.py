"""AVIF, read and written by libvips."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pyvips

from photos.imaging.formats.base import LEAST_EFFORT, MOST_EFFORT, NORMAL_EFFORT, Format, Saving
from photos.imaging.formats.colour.cicp import apply_cicp, hdr_losses
from photos.imaging.formats.heif.heic import is_premultiplied


class Avif(Format):
    """Small pictures for the web; slow to make."""

    name = "avif"
    label = "AVIF"
    extension = "avif"
    mime = "image/avif"
    loader = "heifload"
    max_side = 16_384
    holds_16_bits = True
    bits = 10
    quality = 60
    # Effort 4, libvips' own default, takes 14 times as long as effort 1 and saves 4 to 10 % of the size.
    efforts: ClassVar = {LEAST_EFFORT: {"effort": 0}, NORMAL_EFFORT: {"effort": 1}, MOST_EFFORT: {"effort": 4}}
    max_megapixels = 80  # the decoder takes up to 25 bytes a pixel

    def open(self, path: Path, shrink: float = 1, **options: Any) -> pyvips.Image:
        image = super().open(path, shrink, **options)
        if image.hasalpha() and is_premultiplied(path):
            image = image.unpremultiply().cast(image.format)
        return apply_cicp(image, path)

    def losses_at_opening(self, path: Path) -> Iterator[str]:
        yield from hdr_losses(path)

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        image.heifsave(
            str(path),
            keep=saving.vips_keep,
            compression="av1",
            bitdepth=self.bits if image.format == "ushort" else 8,
            Q=saving.quality or self.quality,
            lossless=saving.lossless,
            **self.efforts[saving.effort],
        )
