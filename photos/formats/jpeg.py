from pathlib import Path
from typing import Any, ClassVar

import pyvips

from photos.formats import iptc, metadata
from photos.formats.base import LEAST, MOST, NORMAL, Format, Saving


class Jpeg(Format):
    """Photos, without transparency."""

    name = "jpeg"
    label = "JPEG"
    extension = "jpg"
    mime = "image/jpeg"
    loader = "jpegload"
    longest = 65_500  # libjpeg's JPEG_MAX_DIMENSION
    can_be_lossless = False
    can_be_progressive = True
    quality = 82
    # Ten times as long, and a sixth smaller.
    efforts: ClassVar = {LEAST: {}, NORMAL: {}, MOST: {"optimize_coding": True, "trellis_quant": True}}
    holds_alpha = False

    def shrinking(self, shrink: float) -> dict[str, Any]:
        # The decoder averages blocks; at least a factor of two is left to the better filter that follows.
        return {"shrink": max(step for step in (1, 2, 4, 8) if step == 1 or step * 2 <= shrink)}

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        image = metadata.rewritten(image, metadata.IPTC, iptc.for_jpeg)
        image.jpegsave(
            str(path),
            keep=saving.kept,
            Q=saving.quality or self.quality,
            interlace=saving.progressive,
            **self.efforts[saving.effort],
        )
