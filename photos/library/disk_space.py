"""Whether what is about to be written fits on the disk: asked before the start, so that nobody finds out at the end."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from django.core.cache import cache
from django.db.models import Sum

from jobs.errors import Refused
from photos.files import storage
from photos.imaging.formats import Saving
from photos.imaging.operations import Step
from photos.imaging.pipeline import resolve_saving
from photos.models import StoredFile
from photos.models.photo import PhotoQuerySet

TYPICAL_SIZE = (6000, 4000)  # pixels of a photo by which the effect of a resize is judged
RESULTS_UNREACHABLE = "The folder of results cannot be reached: tell whoever runs this server."
CACHE_KEY, CACHE_SECONDS = "photos.originals", 60  # the key and how long the sizes are kept
MIN_SCALE = 0.01  # of the size of a file, however small its picture becomes
LOSSY_FORMATS = {"jpeg", "webp", "avif", "heic"}
# Measured on photos of cameras and phones. An enlarged one gains no detail: its bytes grow with this power of its
# pixels (the median; with 0.1 to 0.8 at twice the size). Kept without loss it needs so many times its bytes (tiff 3 to
# 10, png 5 to 16, webp 2 to 6): the lower end, so that nobody is refused who has the room.
ENLARGING_EXPONENT = 0.5
LOSSLESS_FACTORS = {"tiff": 4.0, "png": 5.0}
DEFAULT_LOSSLESS_FACTOR = 3.0


@dataclass(frozen=True)
class Destination:
    """Where something is about to be written."""

    folder: Path
    copies: int = 1
    where: str = ""  # it is, for the sentence

    @property
    def free(self) -> int:
        """Bytes that fit there."""
        return shutil.disk_usage(self.folder).free

    def require_free_space(self, size: float, what: str) -> None:
        """Raise Refused (507) when that many bytes do not fit."""
        needed, free = size * self.copies, self.free
        if needed > free:
            numbers = f"need about {format_gigabytes(needed)}, and {format_gigabytes(free)} are free{self.where}"
            raise Refused(f"{what} {numbers}: make room first.", status=507)


def require_free_space(size: float, what: str = "The files") -> None:
    """Raise Refused (507) when that many bytes do not fit into the storage."""
    Destination(storage.root()).require_free_space(size, what)


def require_space_for_outputs(photos: PhotoQuerySet, steps: Sequence[Step], results: Path | None = None) -> None:
    """Raise Refused (507) when the outputs of these photos cannot fit, as far as their sizes tell.

    `results`: the folder that they are copied to, where one is.
    """
    most = estimate_output_bytes(cached_original_bytes(), steps)
    # Cheaper than adding up a hundred thousand photos at each submit.
    small = [place for place in destinations(results) if most * place.copies > place.free]
    if not small:
        return
    sizes = photos.order_by().values_list("format").annotate(size=Sum("file__size"))
    size = estimate_output_bytes(dict(sizes), steps)
    for place in small:
        place.require_free_space(size, "The outputs")


def destinations(results: Path | None) -> list[Destination]:
    """Where outputs are written. Raises Refused (503) when the folder of results is away."""
    if results is None:
        return [Destination(storage.root())]
    try:
        if results.stat().st_dev == storage.root().stat().st_dev:
            return [Destination(storage.root(), copies=2)]
    except OSError as error:
        raise Refused(RESULTS_UNREACHABLE, {"deliver": RESULTS_UNREACHABLE}, status=503) from error
    return [Destination(storage.root()), Destination(results, where=" in the folder of results")]


def estimate_output_bytes(sizes: dict[str, int], steps: Sequence[Step]) -> float:
    """Bytes that the outputs of originals need, of which there are so many bytes of each format."""
    part = output_scale(steps)
    return sum(size * part * lossless_factor(resolve_saving(format, steps), format) for format, size in sizes.items())


def output_scale(steps: Sequence[Step]) -> float:
    """How large outputs are beside their originals: as much smaller or larger as a usual photo becomes."""
    width, height = TYPICAL_SIZE
    for step in steps:
        if scaling := step.operation.scaling(width, height, step.options):
            width, height = scaling.size
    pixels = width * height / (TYPICAL_SIZE[0] * TYPICAL_SIZE[1])
    return max(pixels, MIN_SCALE) if pixels < 1 else pixels**ENLARGING_EXPONENT


def lossless_factor(saving: Saving, source: str) -> float:
    """How many times as many bytes a picture of a format needs when it is saved so."""
    if source not in LOSSY_FORMATS or saving.limit is not None:
        return 1
    return LOSSLESS_FACTORS.get(saving.format, DEFAULT_LOSSLESS_FACTOR if saving.lossless else 1)


def cached_original_bytes() -> dict[str, int]:
    """Bytes of all originals there are, by format, looked up by each process once in a minute."""
    return cast("dict[str, int]", cache.get_or_set(CACHE_KEY, original_bytes, CACHE_SECONDS))


def original_bytes() -> dict[str, int]:
    """Bytes of all originals there are, by format."""
    return dict(StoredFile.objects.values_list("format").annotate(size=Sum("size")))


def format_gigabytes(size: float) -> str:
    """1.2 GB."""
    return f"{size / 1e9:,.1f} GB"
