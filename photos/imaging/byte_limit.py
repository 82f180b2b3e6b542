"""Writes files of at most so many bytes: with the best quality that fits, then with fewer pixels if that is allowed."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pyvips

from photos.imaging.cancellation import Killer
from photos.imaging.formats import Format, Saving, SizeLimit, Unreadable
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.operations.schema.base import scale

ACCEPTED_SHARE = 0.95  # of the limit: nobody sees what a larger file would gain
MAX_RESIZE_ATTEMPTS = 8
MAX_REWRITES = 3  # times that a complete file of several pages is rewritten
SAFETY_SHARE = 0.98  # so that the next try is not a hair too large
MIN_SIDE_PIXELS = 16  # pixels of the shorter side


@dataclass(frozen=True)
class Attempts:
    """A picture with its pixels in memory, encoded again and again to the same path."""

    picture: pyvips.Image
    saver: Format
    saving: Saving
    path: Path
    killer: Killer

    def encode(self, quality: int | None, picture: pyvips.Image | None = None) -> int:
        """Write the picture with that quality, None for formats that have but one; return the file's size in bytes."""
        self.killer.check()
        image = self.killer.watch((picture or self.picture).copy())
        self.saver.save(image, self.path, replace(self.saving, quality=quality))
        return self.path.stat().st_size

    def shrink(self, share: float) -> pyvips.Image:
        """The picture, or each frame of an animation strip, with that share of its pixels."""
        width, height = (max(1, round(side * math.sqrt(share))) for side in frame_size(self.picture))
        frames = vips_fields.split_frames(self.picture)
        if len(frames) == 1:
            return scale(frames[0], width, height)
        return self.killer.hold_strip(scale(frame, width, height) for frame in frames)


def keep_within[T](saving: Saving, path: Path, write: Callable[[Saving], T]) -> T:
    """Call `write` until the file at `path` fits the limit of `saving`, each time with fewer bytes for its pages.

    For files whose size is known only once they are written: pages are joined, recognised words are added. Returns what
    `write` returns. Raises Unreadable if no attempt fits the limit.
    """
    result, limit, overhead = write(saving), saving.limit, 0
    if limit is None:
        return result
    for _ in range(MAX_REWRITES):
        excess = path.stat().st_size - limit.bytes
        if excess <= 0:
            return result
        overhead += excess + round(limit.bytes * (1 - SAFETY_SHARE))
        result = write(replace(saving, limit=limit.per_page(1, overhead)))
    if path.stat().st_size > limit.bytes:
        raise Unreadable(too_large_sentence(limit, saving.quality))
    return result


def save_within(
    picture: pyvips.Image, saver: Format, path: Path, saving: Saving, limit: SizeLimit, killer: Killer
) -> tuple[int, int]:
    """Write a picture, or an animation strip, within the limit; return width and height of it or of a frame.

    The picture is decoded once. Raises Unreadable if no allowed quality or size fits the limit.
    """
    attempts = Attempts(killer.hold(picture), saver, saving, path, killer)
    size = attempts.encode(saving.quality)
    if size <= limit.bytes:
        return frame_size(picture)
    top = 0 if saving.lossless else saving.quality or saver.quality
    lowest = min(top, limit.lowest_quality) or None
    if lowest is not None and lowest < top and reduce_quality(attempts, lowest, top, size, limit.bytes):
        return frame_size(picture)
    if not limit.may_shrink:
        raise Unreadable(too_large_sentence(limit, lowest))
    return reduce_pixels(attempts, lowest, limit)


def reduce_quality(attempts: Attempts, lowest: int, top: int, too_large: int, most: int) -> bool:
    """Write with the highest quality from `lowest` to `top` that fits, within a few percent; False if none fits.

    With the quality `top` the file has `too_large` bytes, more than `most`. The search is a regula falsi on the
    logarithm of the size, which grows about linearly with the quality.
    """
    fits, size = lowest, attempts.encode(lowest)
    if size > most:
        return False
    too_much, written = top, fits
    while too_much - fits > 1 and size < ACCEPTED_SHARE * most:
        guess = interpolate_quality(fits, too_much, size, too_large, most)
        written, bytes_now = guess, attempts.encode(guess)
        if bytes_now <= most:
            fits, size = guess, bytes_now
        else:
            too_much, too_large = guess, bytes_now
    # The file holds the last attempt, which may have been too large.
    if written != fits:
        attempts.encode(fits)
    return True


def interpolate_quality(fits: int, too_much: int, size: int, too_large: int, most: int) -> int:
    """The next quality to try, strictly between `fits`, which meets the limit, and `too_much`, which exceeds it."""
    share = math.log(most / size) / math.log(too_large / size)
    return min(max(fits + 1, fits + int(share * (too_much - fits))), too_much - 1)


def reduce_pixels(attempts: Attempts, quality: int | None, limit: SizeLimit) -> tuple[int, int]:
    """Write the largest copy that fits with that quality; return its width and height.

    The size is taken to grow linearly with the number of pixels, from what the smallest copy needs with its metadata.
    Raises Unreadable if the smallest copy exceeds the limit.
    """
    size, share = attempts.path.stat().st_size, 1.0
    least = min(1.0, (MIN_SIDE_PIXELS / min(frame_size(attempts.picture))) ** 2)
    smallest = attempts.encode(quality, attempts.shrink(least))
    for _ in range(MAX_RESIZE_ATTEMPTS if smallest <= limit.bytes else 0):
        share = least + (share - least) * SAFETY_SHARE * (limit.bytes - smallest) / (size - smallest)
        smaller = attempts.shrink(share)
        size = attempts.encode(quality, smaller)
        if size <= limit.bytes:
            return frame_size(smaller)
    raise Unreadable(too_large_sentence(replace(limit, may_shrink=True), quality))


def frame_size(picture: pyvips.Image) -> tuple[int, int]:
    """Width and height of a picture, or of a frame of an animation strip."""
    return picture.width, vips_fields.number(picture, "page-height", picture.height)


def too_large_sentence(limit: SizeLimit, quality: int | None) -> str:
    """A sentence: the file cannot meet the limit, and which options to change."""
    size = f"{(limit.whole_bytes or limit.bytes) / 1000:,.0f} KB"
    if limit.may_shrink:
        return f"Even a tiny copy of the picture needs more than {size}"
    if quality is None:
        return f"The picture needs more than {size} in this format: let it become smaller, or write JPEG or WebP"
    return (
        f"The picture needs more than {size} with a quality of {quality}: let it become smaller, or allow a lower one"
    )
