"""GIF, with the comments that libvips leaves out."""

from pathlib import Path
from typing import Any

import pyvips

from photos.imaging.formats.base import Format, Saving
from photos.imaging.formats.gif import blocks
from photos.imaging.formats.metadata import comments


class Gif(Format):
    """Animations of at most 256 colours."""

    name = "gif"
    label = "GIF"
    extension = "gif"
    mime = "image/gif"
    loader = "gifload"
    can_be_lossless = False  # a photo keeps 256 colours
    holds_profile = False
    holds_metadata = False
    holds_frames = True

    def header(self, path: Path, **options: Any) -> pyvips.Image:
        return comments.attach_comments(super().header(path, **options), blocks.read_comments(path))

    def holds_comment(self, comment: bytes) -> bool:
        return True

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        # Duplicate frames stay: without them the animation would last a different time in some viewers.
        image.gifsave(str(path), keep=saving.vips_keep, keep_duplicate_frames=True)
        blocks.add_comments(path, comments.comments_of(image))
