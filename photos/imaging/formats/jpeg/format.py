import mmap
from pathlib import Path
from typing import Any, ClassVar

import pyvips

from photos.imaging.formats.base import LEAST, MOST, NORMAL, Format, Saving
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
    longest = 65_500  # libjpeg's JPEG_MAX_DIMENSION
    can_be_lossless = False
    can_be_progressive = True
    quality = 82
    # Ten times as long, and a sixth smaller.
    efforts: ClassVar = {LEAST: {}, NORMAL: {}, MOST: {"optimize_coding": True, "trellis_quant": True}}
    holds_alpha = False

    def header(self, path: Path, **options: Any) -> pyvips.Image:
        image = adobe_rgb.attached(super().header(path, **options))
        return comments.attached(image, jpeg_segments.comments(path))

    def holds_comment(self, comment: bytes) -> bool:
        return len(comment) <= jpeg_segments.LONGEST_COMMENT

    def shrinking(self, shrink: float) -> dict[str, Any]:
        # The decoder averages blocks; at least a factor of two is left to the better filter that follows.
        return {"shrink": max(step for step in (1, 2, 4, 8) if step == 1 or step * 2 <= shrink)}

    def write_beside(self, about: pyvips.Image, source: Path, path: Path, saving: Saving) -> bool:
        words, keeps_all = self.words(about, saving), saving.keep is None and not saving.placeless
        write = lossless.among_all if keeps_all else lossless.alone
        words += b"" if keeps_all else jpeg_segments.as_segments(comments.of(about))
        with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                with path.open("wb") as target:
                    target.writelines(write(data, words))
            except Malformed:
                return False
        return True

    def words(self, about: pyvips.Image, saving: Saving) -> bytes:
        """The segments with which a JPEG says what the picture says."""
        exif = saving.kept == "all" or "exif" in saving.kept  # which says how large the picture is
        blank = pyvips.Image.black(about.width, about.height) if exif else pyvips.Image.black(1, 1)
        image = vips_fields.copied(vips_fields.rewritten(about, vips_fields.IPTC, iptc.for_jpeg), blank)
        bare = vips_fields.removed(image, [vips_fields.PROFILE])
        segments = [*lossless.said(bare.jpegsave_buffer(Q=1, keep=saving.kept))]
        if vips_fields.has(image, vips_fields.PROFILE):
            # libvips writes a profile only into a picture that has colours of its kind.
            pixel = pyvips.Image.black(1, 1, bands=about.bands).copy(interpretation=about.interpretation)
            segments += lossless.said(vips_fields.copied(about, pixel).jpegsave_buffer(keep="icc"))
        return b"".join(segments)

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        image = vips_fields.rewritten(image, vips_fields.IPTC, iptc.for_jpeg)
        image.jpegsave(
            str(path),
            keep=saving.kept,
            Q=saving.quality or self.quality,
            interlace=saving.progressive,
            **self.efforts[saving.effort],
        )
        said = list(filter(self.holds_comment, comments.of(image)))
        if said:
            data = path.read_bytes()
            with path.open("wb") as file:
                file.writelines(lossless.among_all(data, jpeg_segments.as_segments(said), anew=()))
