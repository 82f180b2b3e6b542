"""WebP, read and written by libvips."""

from pathlib import Path
from typing import Any, ClassVar

import pyvips

from photos.imaging.formats.base import LEAST_EFFORT, MOST_EFFORT, NORMAL_EFFORT, Format, Saving


class Webp(Format):
    """Pictures for the web, also transparent and animated ones."""

    name = "webp"
    label = "WebP"
    extension = "webp"
    mime = "image/webp"
    loader = "webpload"
    max_side = 16_383  # 14 bits in the file
    quality = 80
    efforts: ClassVar = {LEAST_EFFORT: {"effort": 1}, NORMAL_EFFORT: {"effort": 4}, MOST_EFFORT: {"effort": 6}}
    holds_frames = True

    def shrink_options(self, shrink: float) -> dict[str, Any]:
        return {"scale": min(1.0, 2 / shrink)}

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        image.webpsave(
            str(path),
            keep=saving.vips_keep,
            Q=saving.quality or self.quality,
            lossless=saving.lossless,
            **self.efforts[saving.effort],
        )
