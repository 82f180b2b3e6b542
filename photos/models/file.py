"""The bytes of photos: one row for each distinct content, however many users have it."""

from collections.abc import Iterable
from pathlib import Path

from django.db import models, transaction

from photos.files import storage
from photos.imaging.formats.metadata.camera import MAX_CAMERA_CHARACTERS


class StoredFile(models.Model):
    """An original and the facts of its header; neither ever changes."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    format = models.CharField(max_length=8)
    width = models.IntegerField()  # as shown, upright
    height = models.IntegerField()
    orientation = models.SmallIntegerField(default=1)  # as stored: EXIF 1 to 8
    pages = models.IntegerField(default=1)
    frames = models.IntegerField(default=1)
    taken_at = models.DateTimeField(null=True, blank=True)  # as if in UTC if the zone is unknown
    taken_there = models.DateTimeField(null=True, blank=True)  # by the camera's own clock, as if in UTC; null: no zone
    camera = models.CharField(max_length=MAX_CAMERA_CHARACTERS, blank=True)
    latitude = models.FloatField(null=True, blank=True)  # degrees, north positive
    longitude = models.FloatField(null=True, blank=True)  # degrees, east positive
    colour = models.CharField(max_length=7, blank=True)  # main colour, #rrggbb: the placeholder of the thumbnail
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "file"

    def __str__(self) -> str:
        return f"{self.format} {self.sha256[:12]}"

    @property
    def path(self) -> Path:
        """The path of the original; the file may be missing."""
        return storage.original(self.sha256)


def release_files(keys: Iterable[int]) -> None:
    """Delete those files that no photo refers to, under the row locks that uploads of the same bytes take."""
    with transaction.atomic():
        files = list(StoredFile.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
        # After the lock, in a statement of its own: a subquery would see the rows as they were before the wait.
        used_keys = set(
            StoredFile.objects.filter(pk__in=[file.pk for file in files], photos__isnull=False).values_list("pk")
        )
        unused_files = [file for file in files if (file.pk,) not in used_keys]
        # Bytes before rows: a row without bytes is repaired by the next upload, bytes without a row stay for ever.
        for file in unused_files:
            storage.remove_original(file.sha256)
        StoredFile.objects.filter(pk__in=[file.pk for file in unused_files]).delete()
