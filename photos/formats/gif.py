from pathlib import Path
from typing import Any

import pyvips

from photos.formats import comments, gif_blocks
from photos.formats.base import Format, Saving


class Gif(Format):
    """Animations of at most 256 colours."""

    name = "gif"
    label = "GIF"
    extension = "gif"
    mime = "image/gif"
    loader = "gifload"
    can_be_lossless = False  # of a photo 256 colours remain
    holds_profile = False
    holds_metadata = False
    holds_frames = True

    def header(self, path: Path, **options: Any) -> pyvips.Image:
        return comments.attached(super().header(path, **options), gif_blocks.comments(path))

    def holds_comment(self, comment: bytes) -> bool:
        return True

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        # Frames that show the same stay: leaving them out would change how long the animation lasts in some viewers.
        image.gifsave(str(path), keep=saving.kept, keep_duplicate_frames=True)
        gif_blocks.add_comments(path, comments.of(image))
