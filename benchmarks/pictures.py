"""The photos of the benchmarks: landscapes of 12 and 24 megapixels, made once and kept in a temporary folder."""

import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from photos.imaging.samples import make_sample

CACHE = Path(tempfile.gettempdir()) / "stopbath-benchmark-photos"
MEGAPIXELS = (12, 24)
DISTINCT_PICTURES = 40  # pictures; further ones are the same again, each with a comment that makes another file of it
COMMENT_MARKER = b"\xff\xfe"  # the marker of a JPEG's comment; two bytes with its length follow, themselves included


def pictures(count: int) -> list[Path]:
    """That many JPEGs, one of 12 megapixels and one of 24 in turn."""
    return make_files([f"{number:04}-{MEGAPIXELS[number % 2]}mp.jpg" for number in range(count)], DISTINCT_PICTURES)


def pictures_of(megapixels: int, count: int) -> list[Path]:
    """That many JPEGs of one size."""
    first = MEGAPIXELS.index(megapixels)
    return make_files(
        [f"{2 * number + first:04}-{megapixels}mp.jpg" for number in range(count)], DISTINCT_PICTURES // 2
    )


def make_files(names: Sequence[str], distinct: int) -> list[Path]:
    """The files of these names; after so many pictures the first one comes again."""
    CACHE.mkdir(exist_ok=True)
    paths = [CACHE / name for name in names]
    missing = [path for path in paths[:distinct] if not path.exists()]
    # Processes of their own, without what this one may have open already.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as makers:
        list(makers.map(make_picture, missing))
    for number, path in enumerate(paths[distinct:], distinct):
        if not path.exists():
            draft = path.with_suffix(".part.jpg")
            draft.write_bytes(add_comment(paths[number % distinct].read_bytes(), path.stem))
            draft.rename(path)
    return paths


def make_picture(path: Path) -> None:
    """Make the picture that the path names, whole or not at all."""
    number, megapixels = path.stem.removesuffix("mp").split("-")
    draft = path.with_suffix(".part.jpg")
    make_sample(int(number), draft, float(megapixels))
    draft.rename(path)


def add_comment(jpeg: bytes, comment: str) -> bytes:
    """The same picture as other bytes."""
    words = comment.encode()
    return jpeg[:2] + COMMENT_MARKER + (len(words) + 2).to_bytes(2) + words + jpeg[2:]
