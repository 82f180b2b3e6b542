"""The bytes behind photos: one row for each distinct content, however many people hold it."""

from collections.abc import Iterable
from pathlib import Path

from django.db import models, transaction

from photos.files import storage


class StoredFile(models.Model):
    """One original and what its header says. Neither ever changes."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    format = models.CharField(max_length=8)
    width = models.IntegerField()  # as shown, upright
    height = models.IntegerField()
    orientation = models.SmallIntegerField(default=1)  # as stored: EXIF 1 to 8
    pages = models.IntegerField(default=1)
    frames = models.IntegerField(default=1)
    taken_at = models.DateTimeField(null=True, blank=True)  # as if in UTC where nobody knows the zone
    taken_there = models.DateTimeField(null=True, blank=True)  # by the camera's own clock, as if in UTC; null: no zone
    camera = models.CharField(max_length=100, blank=True)
    latitude = models.FloatField(null=True, blank=True)  # degrees, north positive
    longitude = models.FloatField(null=True, blank=True)  # degrees, east positive
    colour = models.CharField(max_length=7, blank=True)  # main one, #rrggbb: shown until the thumbnail has come
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "file"

    def __str__(self) -> str:
        return f"{self.format} {self.sha256[:12]}"

    @property
    def path(self) -> Path:
        """Where the original is."""
        return storage.original(self.sha256)


def release_files(keys: Iterable[int]) -> None:
    """Delete the files that nobody holds any more, under the locks that uploads of the same bytes take too."""
    with transaction.atomic():
        files = list(StoredFile.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
        # Asked after the lock: a question in the same statement would be answered as of before the wait for it.
        held = set(
            StoredFile.objects.filter(pk__in=[file.pk for file in files], photos__isnull=False).values_list("pk")
        )
        gone = [file for file in files if (file.pk,) not in held]
        # The bytes go first: a row without them is mended by the next upload, bytes without a row would stay for ever.
        for file in gone:
            storage.remove_original(file.sha256)
        StoredFile.objects.filter(pk__in=[file.pk for file in gone]).delete()
