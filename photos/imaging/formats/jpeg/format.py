"""JPEG, with comments and Adobe RGB, and the lossless way to write metadata."""

import mmap
from pathlib import Path
from typing import Any, ClassVar

import pyvips

from photos.imaging.formats.base import LEAST_EFFORT, MOST_EFFORT, NORMAL_EFFORT, Format, Saving
from photos.imaging.formats.colour import adobe_rgb
from photos.imaging.formats.jpeg import lossless
from photos.imaging.formats.jpeg import segments as jpeg_segments
from photos.imaging.formats.jpeg.segments import Malformed
from photos.imaging.formats.metadata import comments, iptc, vips_fields


class Jpeg(Format):
    """Photos, without transparency."""

    name = "jpeg"
    label = "JPEG"
    extension = "jpg"
    mime = "image/jpeg"
    loader = "jpegload"
    max_side = 65_500  # libjpeg's JPEG_MAX_DIMENSION
    can_be_lossless = False
    can_be_progressive = True
    quality = 82
    # The most effort takes ten times as long, and saves a sixth of the size.
    efforts: ClassVar = {
        LEAST_EFFORT: {},
        NORMAL_EFFORT: {},
        MOST_EFFORT: {"optimize_coding": True, "trellis_quant": True},
    }
    holds_alpha = False

    def header(self, path: Path, **options: Any) -> pyvips.Image:
        image = adobe_rgb.attach_profile(super().header(path, **options))
        return comments.attach_comments(image, jpeg_segments.read_comments(path))

    def holds_comment(self, comment: bytes) -> bool:
        return len(comment) <= jpeg_segments.MAX_COMMENT_BYTES

    def shrink_options(self, shrink: float) -> dict[str, Any]:
        # The decoder averages blocks; at least a factor of two is left to the better filter that follows.
        return {"shrink": max(step for step in (1, 2, 4, 8) if step == 1 or step * 2 <= shrink)}

    def write_lossless(self, about: pyvips.Image, source: Path, path: Path, saving: Saving) -> bool:
        metadata, keeps_all = self.pack_metadata(about, saving), saving.keep is None and not saving.without_place
        write = lossless.replace_metadata if keeps_all else lossless.replace_all_metadata
        metadata += b"" if keeps_all else jpeg_segments.pack_comments(comments.comments_of(about))
        with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                with path.open("wb") as target:
                    target.writelines(write(data, metadata))
            except Malformed:
                return False
        return True

    def pack_metadata(self, about: pyvips.Image, saving: Saving) -> bytes:
        """The metadata of the picture as JPEG segments."""
        exif = saving.vips_keep == "all" or "exif" in saving.vips_keep  # EXIF holds the size of the picture
        blank = pyvips.Image.black(about.width, about.height) if exif else pyvips.Image.black(1, 1)
        image = vips_fields.copy_fields(vips_fields.rewrite_block(about, vips_fields.IPTC, iptc.to_jpeg_block), blank)
        bare = vips_fields.remove_fields(image, [vips_fields.PROFILE])
        segments = [*lossless.metadata_segments(bare.jpegsave_buffer(Q=1, keep=saving.vips_keep))]
        if vips_fields.has(image, vips_fields.PROFILE):
            # libvips writes a profile only into a picture with as many bands as the profile has.
            pixel = pyvips.Image.black(1, 1, bands=about.bands).copy(interpretation=about.interpretation)
            segments += lossless.metadata_segments(vips_fields.copy_fields(about, pixel).jpegsave_buffer(keep="icc"))
        return b"".join(segments)

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        image = vips_fields.rewrite_block(image, vips_fields.IPTC, iptc.to_jpeg_block)
        image.jpegsave(
            str(path),
            keep=saving.vips_keep,
            Q=saving.quality or self.quality,
            interlace=saving.progressive,
            **self.efforts[saving.effort],
        )
        texts = list(filter(self.holds_comment, comments.comments_of(image)))
        if texts:
            data = path.read_bytes()
            with path.open("wb") as file:
                file.writelines(lossless.replace_metadata(data, jpeg_segments.pack_comments(texts), replaced=()))
