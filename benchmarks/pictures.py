"""The photos of the benchmarks: landscapes of 12 and 24 megapixels, cached in a temporary folder."""

import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from photos.imaging.samples import make_sample

CACHE = Path(tempfile.gettempdir()) / "stopbath-benchmark-photos"
MEGAPIXELS = (12, 24)
DISTINCT_PICTURES = 40  # further files repeat them, each with a comment that changes its hash
COMMENT_MARKER = b"\xff\xfe"  # the marker of a JPEG's comment; two bytes with its length follow, themselves included


def pictures(count: int) -> list[Path]:
    """The paths of that many JPEGs, alternately of 12 and 24 megapixels."""
    return make_files([f"{number:04}-{MEGAPIXELS[number % 2]}mp.jpg" for number in range(count)], DISTINCT_PICTURES)


def pictures_of(megapixels: int, count: int) -> list[Path]:
    """The paths of that many JPEGs of one size."""
    first = MEGAPIXELS.index(megapixels)
    return make_files(
        [f"{2 * number + first:04}-{megapixels}mp.jpg" for number in range(count)], DISTINCT_PICTURES // 2
    )


def make_files(names: Sequence[str], distinct_count: int) -> list[Path]:
    """The paths of the files with these names; after `distinct_count` files the pictures repeat."""
    CACHE.mkdir(exist_ok=True)
    paths = [CACHE / name for name in names]
    missing_paths = [path for path in paths[:distinct_count] if not path.exists()]
    # Spawned, so that they inherit no open file or connection.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        list(pool.map(make_picture, missing_paths))
    for number, path in enumerate(paths[distinct_count:], distinct_count):
        if not path.exists():
            draft = path.with_suffix(".part.jpg")
            draft.write_bytes(add_comment(paths[number % distinct_count].read_bytes(), path.stem))
            draft.rename(path)
    return paths


def make_picture(path: Path) -> None:
    """Write the picture that the name of the path describes, atomically."""
    number, megapixels = path.stem.removesuffix("mp").split("-")
    draft = path.with_suffix(".part.jpg")
    make_sample(int(number), draft, float(megapixels))
    draft.rename(path)


def add_comment(jpeg: bytes, comment: str) -> bytes:
    """The same picture with a comment, so that its bytes differ."""
    words = comment.encode()
    return jpeg[:2] + COMMENT_MARKER + (len(words) + 2).to_bytes(2) + words + jpeg[2:]
