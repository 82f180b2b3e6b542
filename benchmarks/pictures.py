"""The photos of the benchmarks: landscapes of 12 and 24 megapixels, made once and kept in a temporary folder."""

import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from photos.samples import make_sample

CACHE = Path(tempfile.gettempdir()) / "stopbath-benchmark-photos"
MEGAPIXELS = (12, 24)


def pictures(count: int) -> list[Path]:
    """That many JPEGs, one of 12 megapixels and one of 24 in turn."""
    CACHE.mkdir(exist_ok=True)
    paths = [CACHE / f"{number:04}-{MEGAPIXELS[number % 2]}mp.jpg" for number in range(count)]
    missing = [path for path in paths if not path.exists()]
    # Processes of their own, without what this one may have open already.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as makers:
        list(makers.map(make, missing))
    return paths


def make(path: Path) -> None:
    """Make the picture that the path names, whole or not at all."""
    number, megapixels = path.stem.removesuffix("mp").split("-")
    draft = path.with_suffix(".part.jpg")
    make_sample(int(number), draft, float(megapixels))
    draft.rename(path)
