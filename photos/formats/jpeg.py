from pathlib import Path
from typing import Any

import pyvips

from photos.formats.base import Format, Saving


class Jpeg(Format):
    """Photos, without transparency."""

    name = "jpeg"
    label = "JPEG"
    extension = "jpg"
    mime = "image/jpeg"
    loader = "jpegload"
    longest = 65_500  # libjpeg's JPEG_MAX_DIMENSION
    can_be_lossless = False
    holds_alpha = False

    def shrinking(self, shrink: float) -> dict[str, Any]:
        # The decoder averages blocks; at least a factor of two is left to the better filter that follows.
        return {"shrink": max(step for step in (1, 2, 4, 8) if step == 1 or step * 2 <= shrink)}

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        image.jpegsave(str(path), keep=saving.kept, Q=saving.quality or 82)
