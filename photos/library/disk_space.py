"""Checks before a job or an upload starts that its files fit on the disk."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from django.core.cache import cache
from django.db.models import Sum

from jobs.errors import Refused, field_refusal
from jobs.wording import gigabytes
from photos.files import storage
from photos.imaging.formats import Saving
from photos.imaging.operations import Step
from photos.imaging.pipeline import resolve_saving
from photos.models import StoredFile
from photos.models.photo import PhotoQuerySet

TYPICAL_SIZE = (6000, 4000)  # pixels of a photo by which the effect of a resize is judged
RESULTS_UNREACHABLE = "The folder of results cannot be reached: tell whoever runs this server."
CACHE_KEY, CACHE_SECONDS = "photos.originals", 60
MIN_SCALE = 0.01  # of the size of a file, however small its picture becomes
LOSSY_FORMATS = {"jpeg", "webp", "avif", "heic"}
# Measured on photos of cameras and phones. Enlarging adds no detail: the bytes grow with this power of the pixels
# (the median; 0.1 to 0.8 at twice the size). Saving without loss multiplies the bytes (tiff 3 to 10, png 5 to 16,
# webp 2 to 6): these are low estimates, so that no job is refused that would fit.
ENLARGING_EXPONENT = 0.5
LOSSLESS_FACTORS = {"tiff": 4.0, "png": 5.0}
DEFAULT_LOSSLESS_FACTOR = 3.0


@dataclass(frozen=True)
class Destination:
    """A folder for outputs: `copies` of each output are written to its file system."""

    folder: Path
    copies: int = 1
    where: str = ""  # names the folder in the sentence of a refusal

    @property
    def free(self) -> int:
        """Free bytes on the file system of the folder."""
        return shutil.disk_usage(self.folder).free

    def require_free_space(self, size: float, what: str) -> None:
        """Raise Refused (507) unless `size` bytes fit, times the copies."""
        needed, free = size * self.copies, self.free
        if needed > free:
            numbers = f"need about {gigabytes(needed)}, and {gigabytes(free)} are free{self.where}"
            raise Refused(f"{what} {numbers}: make room first.", status=507)


def require_free_space(size: float, what: str = "The files") -> None:
    """Raise Refused (507) unless `size` bytes fit into the storage. `what` begins the sentence."""
    Destination(storage.root()).require_free_space(size, what)


def require_space_for_outputs(photos: PhotoQuerySet, steps: Sequence[Step], results: Path | None = None) -> None:
    """Raise Refused (507) unless the estimated outputs of these photos fit.

    `results` is the folder of results that the outputs are copied to, if the job has one.
    """
    upper_bound = estimate_output_bytes(cached_original_bytes(), steps)
    # The cached sum of the whole storage is an upper bound: only if it does not fit are this job's photos added up.
    too_small = [place for place in destinations(results) if upper_bound * place.copies > place.free]
    if not too_small:
        return
    sizes = photos.order_by().values_list("format").annotate(size=Sum("file__size"))
    size = estimate_output_bytes(dict(sizes), steps)
    for place in too_small:
        place.require_free_space(size, "The outputs")


def destinations(results: Path | None) -> list[Destination]:
    """The folders that outputs are written to. Raises Refused (503) when the folder of results cannot be reached."""
    if results is None:
        return [Destination(storage.root())]
    try:
        if results.stat().st_dev == storage.root().stat().st_dev:
            return [Destination(storage.root(), copies=2)]
    except OSError as error:
        raise field_refusal("deliver", RESULTS_UNREACHABLE, status=503) from error
    return [Destination(storage.root()), Destination(results, where=" in the folder of results")]


def estimate_output_bytes(sizes: dict[str, int], steps: Sequence[Step]) -> float:
    """The estimated size of all outputs in bytes. `sizes` maps a format to the bytes of its originals."""
    scale = output_scale(steps)
    return sum(size * scale * lossless_factor(resolve_saving(format, steps), format) for format, size in sizes.items())


def output_scale(steps: Sequence[Step]) -> float:
    """The size of an output relative to its original, from what the steps do to a photo of `TYPICAL_SIZE`."""
    width, height = TYPICAL_SIZE
    for step in steps:
        if scaling := step.operation.scaling(width, height, step.options):
            width, height = scaling.size
    pixels = width * height / (TYPICAL_SIZE[0] * TYPICAL_SIZE[1])
    return max(pixels, MIN_SCALE) if pixels < 1 else pixels**ENLARGING_EXPONENT


def lossless_factor(saving: Saving, source: str) -> float:
    """By how much saving a picture of that source format without loss multiplies its bytes; 1 if it is lossy."""
    if source not in LOSSY_FORMATS or saving.limit is not None:
        return 1
    return LOSSLESS_FACTORS.get(saving.format, DEFAULT_LOSSLESS_FACTOR if saving.lossless else 1)


def cached_original_bytes() -> dict[str, int]:
    """Bytes of all originals by format; up to a minute old."""
    return cast("dict[str, int]", cache.get_or_set(CACHE_KEY, original_bytes, CACHE_SECONDS))


def original_bytes() -> dict[str, int]:
    return dict(StoredFile.objects.values_list("format").annotate(size=Sum("size")))
