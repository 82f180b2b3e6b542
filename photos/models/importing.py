"""The rows of an import: one for each file, in a folder or in an archive."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from django.conf import settings
from django.db import models
from uuid_utils.compat import uuid7

from photos.files import names
from photos.models.photo import PhotoSet

MAX_PROBLEM_CHARACTERS = 200  # the rest is cut off


class Import(models.Model):
    """Files and archives that are imported together; they become a set."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)  # of the set, too
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="imports")
    job_uuid = models.UUIDField(null=True, db_index=True)
    archives = models.JSONField(default=list)  # locations of the ZIP files
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"

    def set(self) -> PhotoSet:
        """The set of its photos, created at the first call."""
        return PhotoSet.objects.get_or_create(uuid=self.uuid, owner_id=self.owner_id)[0]


class ImportedFile(models.Model):
    """One file of an import."""

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=names.MAX_NAME_BYTES)
    path = models.CharField(max_length=names.MAX_PATH_BYTES, blank=True)  # folder inside the library
    size = models.BigIntegerField(default=0)
    location = models.TextField(blank=True)  # on the disk; empty for a file of an archive
    archive = models.PositiveIntegerField(null=True)  # index in the batch's archives
    member = models.PositiveIntegerField(null=True)  # index of the entry in it
    problem = models.CharField(max_length=MAX_PROBLEM_CHARACTERS, blank=True)  # why it cannot be imported
    photo_key = models.BigIntegerField(null=True)  # the photo; no foreign key, because photos may be deleted

    class Meta:
        indexes = (models.Index(fields=("batch", "id"), name="files_of_import"),)

    def __str__(self) -> str:
        return self.name

    @property
    def full_name(self) -> str:
        """Folder and name."""
        return f"{self.path}/{self.name}" if self.path else self.name


def encode_location(path: Path) -> str:
    """A path as percent-encoded text: a name on a disk may be any bytes, a database field may not."""
    return quote_from_bytes(os.fsencode(path), safe="/")


def decode_location(location: str) -> Path:
    """The path of a percent-encoded text."""
    return Path(os.fsdecode(unquote_to_bytes(location)))
