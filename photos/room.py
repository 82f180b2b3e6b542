"""Whether what is about to be written fits on the disk: asked before the start, so that nobody finds out at the end."""

import shutil
import time
from collections.abc import Sequence
from functools import lru_cache

from django.db.models import Sum

from jobs.errors import Refused
from photos import store
from photos.models import StoredFile
from photos.models.photo import PhotoQuerySet
from photos.operations import Step

USUAL = (6000, 4000)  # pixels of a photo by which the effect of a resize is judged
LEAST = 0.01  # of the size of a file, however small its picture becomes


def refuse_without_room(size: float, what: str = "The files") -> None:
    """Raise Refused (507) when that many bytes do not fit."""
    free = free_bytes()
    if size > free:
        raise Refused(f"{what} need about {in_gb(size)}, and {in_gb(free)} are free: make room first.", status=507)


def refuse_outputs_without_room(photos: PhotoQuerySet, steps: Sequence[Step]) -> None:
    """Raise Refused (507) when the outputs of these photos cannot fit, as far as their sizes tell."""
    part = share(steps)
    if (
        all_originals(int(time.monotonic() // 60)) * part <= free_bytes()
    ):  # cheaper than adding up a hundred thousand photos at each submit
        return
    size = photos.aggregate(size=Sum("file__size"))["size"] or 0
    refuse_without_room(size * part, "The outputs")


def share(steps: Sequence[Step]) -> float:
    """How large outputs are beside their originals: as much smaller as a usual photo becomes."""
    width, height = USUAL
    for step in steps:
        if scaling := step.operation.scaling(width, height, step.options):
            width, height = scaling.width, scaling.height
    return min(max(width * height / (USUAL[0] * USUAL[1]), LEAST), 1.0)


@lru_cache(maxsize=1)
def all_originals(minute: int) -> int:
    """Bytes of all originals there are, looked up once in a minute."""
    return StoredFile.objects.aggregate(size=Sum("size"))["size"] or 0


def free_bytes() -> int:
    """Room in the storage."""
    return shutil.disk_usage(store.root()).free


def in_gb(size: float) -> str:
    """1.2 GB."""
    return f"{size / 1e9:,.1f} GB"
