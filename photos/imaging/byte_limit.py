"""Files of at most so many bytes: the best quality that fits, and then fewer pixels if that is allowed."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pyvips

from photos.imaging.cancellation import Killer
from photos.imaging.formats import Format, Saving, SizeLimit, Unreadable
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.operations.schema.base import scale

CLOSE = 0.95  # of the limit: nobody sees what a larger file would gain
TRIES = 8
AGAIN = 3  # times that a file of several pages is written anew, all of it
ROOM = 0.98  # so that the next try is not a hair too large
SMALLEST = 16  # pixels of the shorter side


@dataclass(frozen=True)
class Attempts:
    """A picture with its pixels at hand, written again and again, each time over the last."""

    picture: pyvips.Image
    saver: Format
    saving: Saving
    path: Path
    killer: Killer

    def size(self, quality: int | None, picture: pyvips.Image | None = None) -> int:
        """How many bytes the file has with that quality. None: the format has but one."""
        self.killer.check()
        image = self.killer.watch((picture or self.picture).copy())
        self.saver.save(image, self.path, replace(self.saving, quality=quality))
        return self.path.stat().st_size

    def resized(self, share: float) -> pyvips.Image:
        """The picture, or every frame of a roll, with that share of its pixels."""
        width, height = (max(1, round(side * math.sqrt(share))) for side in shape(self.picture))
        frames = vips_fields.split_frames(self.picture)
        if len(frames) == 1:
            return scale(frames[0], width, height)
        return self.killer.hold_roll(scale(frame, width, height) for frame in frames)


def keep_within[T](saving: Saving, path: Path, write: Callable[[Saving], T]) -> T:
    """Write a file, and again with less room for its pages as long as it comes out too large.

    What joins pages, and words that are read from them, have a size only once they are written. Raises Unreadable when
    the file cannot be made so small.
    """
    made, limit, around = write(saving), saving.limit, 0
    if limit is None:
        return made
    for _ in range(AGAIN):
        excess = path.stat().st_size - limit.bytes
        if excess <= 0:
            return made
        around += excess + round(limit.bytes * (1 - ROOM))
        made = write(replace(saving, limit=limit.per_page(1, around)))
    if path.stat().st_size > limit.bytes:
        raise Unreadable(impossible(limit, saving.quality))
    return made


def save_within(
    picture: pyvips.Image, saver: Format, path: Path, saving: Saving, limit: SizeLimit, killer: Killer
) -> tuple[int, int]:
    """Write a picture, or a roll of frames, of at most so many bytes; its width and height, or those of a frame.

    It is decoded once. Raises Unreadable when it cannot be made so small.
    """
    attempts = Attempts(killer.hold(picture), saver, saving, path, killer)
    size = attempts.size(saving.quality)
    if size <= limit.bytes:
        return shape(picture)
    top = 0 if saving.lossless else saving.quality or saver.quality
    lowest = min(top, limit.lowest_quality) or None
    if lowest is not None and lowest < top and with_less_quality(attempts, lowest, top, size, limit.bytes):
        return shape(picture)
    if not limit.may_shrink:
        raise Unreadable(impossible(limit, lowest))
    return with_fewer_pixels(attempts, lowest, limit)


def with_less_quality(attempts: Attempts, lowest: int, top: int, too_large: int, most: int) -> bool:
    """Write with the highest quality that fits, to within a few percent; False when the lowest does not.

    With the quality `top` the file was too large. The logarithm of the size grows about evenly with the quality, which
    gives a good guess between two tries.
    """
    fits, size = lowest, attempts.size(lowest)
    if size > most:
        return False
    too_much, written = top, fits
    while too_much - fits > 1 and size < CLOSE * most:
        guess = between(fits, too_much, size, too_large, most)
        written, found = guess, attempts.size(guess)
        if found <= most:
            fits, size = guess, found
        else:
            too_much, too_large = guess, found
    if written != fits:
        attempts.size(fits)
    return True


def between(fits: int, too_much: int, size: int, too_large: int, most: int) -> int:
    """A quality to try next."""
    share = math.log(most / size) / math.log(too_large / size)
    return min(max(fits + 1, fits + int(share * (too_much - fits))), too_much - 1)


def with_fewer_pixels(attempts: Attempts, quality: int | None, limit: SizeLimit) -> tuple[int, int]:
    """Write a smaller picture with that quality. Raises Unreadable when even a tiny one is too large.

    The size grows with the number of pixels from what the metadata alone need, and a little faster at first.
    """
    size, share = attempts.path.stat().st_size, 1.0
    least = min(1.0, (SMALLEST / min(shape(attempts.picture))) ** 2)
    smallest = attempts.size(quality, attempts.resized(least))
    for _ in range(TRIES if smallest <= limit.bytes else 0):
        share = least + (share - least) * ROOM * (limit.bytes - smallest) / (size - smallest)
        smaller = attempts.resized(share)
        size = attempts.size(quality, smaller)
        if size <= limit.bytes:
            return shape(smaller)
    raise Unreadable(impossible(replace(limit, may_shrink=True), quality))


def shape(picture: pyvips.Image) -> tuple[int, int]:
    """Width and height of a picture, or of a frame of a roll."""
    return picture.width, vips_fields.number(picture, "page-height", picture.height)


def impossible(limit: SizeLimit, quality: int | None) -> str:
    """Why there is no such file, and what would help."""
    size = f"{(limit.whole_bytes or limit.bytes) / 1000:,.0f} KB"
    if limit.may_shrink:
        return f"Even a tiny copy of the picture needs more than {size}"
    if quality is None:
        return f"The picture needs more than {size} in this format: let it become smaller, or write JPEG or WebP"
    return (
        f"The picture needs more than {size} with a quality of {quality}: let it become smaller, or allow a lower one"
    )
