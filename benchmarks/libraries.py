"""Libraries for benchmarks: of rows without files, in any size, and of real photos."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import batched
from pathlib import Path

from photos.files.incoming import receive_copy
from photos.library.uploads import Intake
from photos.models import Photo, PhotoSet, StoredFile
from project.accounts.models import User

LONGEST_EDGE = 1600
STEPS = [{"operation": "resize", "options": {"longest_edge": LONGEST_EDGE}}]


def create_library(size: int) -> User:
    """A user with that many photos in the database, without files: enough for benchmarks that only count."""
    owner = User.objects.create_user(f"owner of {size}")
    photo_set = PhotoSet.objects.create(owner=owner)
    for numbers in batched(range(size), 2000):
        files = StoredFile.objects.bulk_create(
            StoredFile(sha256=sha256(f"{size} {number}".encode()).hexdigest(), size=1, format="jpeg", width=1, height=1)
            for number in numbers
        )
        Photo.objects.bulk_create(
            Photo(owner=owner, file=file, set=photo_set, name=f"IMG_{number}.JPG", path="Holidays", format="jpeg")
            for number, file in zip(numbers, files, strict=True)
        )
    return owner


def upload(owner: User, pictures: Sequence[Path]) -> None:
    """Add real photos to a library, in folders named after their megapixels. Raises RuntimeError for a rejected one."""
    intake = Intake(owner)
    for picture in pictures:
        intake.take(receive_copy(picture), folder_name(picture))
    if intake.rejected:
        raise RuntimeError(f"Not let in: {intake.rejected}.")


def folder_name(picture: Path) -> str:
    """The folder of a picture, such as "12mp"."""
    return picture.stem.partition("-")[2]
