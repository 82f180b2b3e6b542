"""Photos in a user's library."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from datetime import timezone as Zone  # noqa: N812 - Django's timezone is another one
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from uuid_utils.compat import uuid7

from jobs.errors import Refused
from jobs.text import as_uuid
from photos.classification import kinds
from photos.files import names
from photos.models import filters
from photos.models.file import StoredFile, release_files

CORRECTION_BATCH_SIZE = 1000
MAX_CATEGORY_CHARACTERS = 100
MAX_DELETED_PHOTOS = 10_000
DELETION_BATCH_SIZE = 200


class PhotoSet(models.Model):
    """Files that were uploaded together."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="photo_sets")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "set"

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"


class PhotoQuerySet(models.QuerySet["Photo"]):
    """The queries of the library, the API and a submit."""

    released_together = False  # whether the caller of delete() releases the files, in few statements

    def visible_to(self, user: Any) -> PhotoQuerySet:
        """The user's own photos; other users' are visible in the admin only."""
        return self.filter(owner_id=user.pk) if user.pk else self.none()

    def matching(self, data: dict[str, Any]) -> PhotoQuerySet:
        """Photos that meet every condition of a filter. Raises Refused for an invalid filter."""
        return self.filter(*filters.parse_conditions(data))

    def files(self, uuids: Collection[str]) -> dict[str, Path]:
        """The paths of the originals of those photos that have one of the ids: id → path."""
        return {str(photo.uuid): photo.file.path for photo in self.filter(uuid__in=uuids).select_related("file")}

    def correct(self, category: str) -> int:
        """Set the category as a user's correction, empty for none; returns the number of photos."""
        keys = list(self.order_by("pk").values_list("pk", flat=True))
        word = names.clean_category(category)[:MAX_CATEGORY_CHARACTERS]
        return sum(
            correct_batch(keys[at : at + CORRECTION_BATCH_SIZE], word)
            for at in range(0, len(keys), CORRECTION_BATCH_SIZE)
        )

    def remove(self) -> int:
        """Delete the photos in batches; returns their number. Raises Refused for more than `MAX_DELETED_PHOTOS`."""
        if self[: MAX_DELETED_PHOTOS + 1].count() > MAX_DELETED_PHOTOS:
            raise Refused(f"At most {MAX_DELETED_PHOTOS:,} photos can be deleted at once: narrow the filter.")
        removed = 0
        while piece := list(self.order_by("pk").values_list("pk", flat=True)[:DELETION_BATCH_SIZE]):
            removed += remove_batch(piece)
        return removed

    def load(self, keys: Sequence[int]) -> list[Photo]:
        """The photos with these keys, in this order, with their files and sets; deleted ones are left out.

        Callers read the keys first, from an index: sorting whole rows of a large library is slow.
        """
        photos = self.select_related("file", "set").in_bulk(keys)
        return [photos[key] for key in keys if key in photos]

    def with_id(self, uuid: object) -> Photo | None:
        """The photo with that id; None if there is none, or if the id is no UUID."""
        parsed = as_uuid(uuid)
        return self.select_related("file", "set").filter(uuid=parsed).first() if parsed else None


class Photo(models.Model):
    """A file in a user's library, under a name."""

    PHOTO, DOCUMENT = kinds.PHOTO, kinds.DOCUMENT

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="photos")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="photos")
    set = models.ForeignKey(PhotoSet, on_delete=models.RESTRICT, related_name="photos")
    name = models.CharField(max_length=names.MAX_NAME_BYTES)  # no text has more characters than bytes
    path = models.CharField(max_length=names.MAX_PATH_BYTES, blank=True)  # folder inside the library
    kind = models.CharField(max_length=10, default=PHOTO, choices=[(kind, kind) for kind in kinds.KINDS])
    category = models.CharField(max_length=MAX_CATEGORY_CHARACTERS, blank=True)
    corrected_at = models.DateTimeField(null=True, blank=True)  # when a user set the category: no classifier may then
    added_at = models.DateTimeField(auto_now_add=True)
    # Copied from the file, which never changes, so that a filter reads one index and joins nothing.
    format = models.CharField(max_length=8)
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_there = models.DateTimeField(null=True, blank=True)

    duplicate = False  # True in the answer to an upload of bytes that the library had before

    objects = PhotoQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("owner", "file"), name="photo_once_a_library"),)
        indexes = (
            models.Index(fields=("owner", "id"), name="photo_newest"),
            models.Index(fields=("owner", "format", "id"), name="photo_by_format"),
            models.Index(fields=("owner", "category", "id"), name="photo_by_category"),
            models.Index(fields=("owner", "taken_at"), name="photo_by_date"),
            models.Index(fields=("owner", "path"), name="photo_by_path"),
            models.Index(fields=("owner", "kind", "id"), name="photo_by_kind"),
            models.Index(
                fields=("owner", "corrected_at"), name="photo_corrected", condition=models.Q(corrected_at__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def taken(self) -> datetime | None:
        """When it was taken, in the zone of the camera's clock; in UTC if the zone is unknown."""
        if self.taken_at is None or self.taken_there is None:
            return self.taken_at
        return self.taken_at.astimezone(Zone(self.taken_there - self.taken_at))

    @property
    def full_name(self) -> str:
        """Folder and name, as in a ZIP."""
        return f"{self.path}/{self.name}" if self.path else self.name

    def correct(self, category: str) -> None:
        """Set the category as a user's correction, empty for none. Raises DoesNotExist if the photo was deleted."""
        Photo.objects.filter(pk=self.pk).correct(category)
        self.refresh_from_db(fields=["category"])

    def remove(self) -> None:
        """Delete the photo, and its file and set unless others use them; outputs of jobs stay."""
        Photo.objects.filter(pk=self.pk).remove()


def correct_batch(keys: list[int], category: str) -> int:
    """Correct photos, locked in the order of their keys; returns their number."""
    with transaction.atomic():
        return Photo.objects.filter(pk__in=lock_photos(keys)).update(category=category, corrected_at=timezone.now())


def remove_batch(keys: list[int]) -> int:
    """Delete photos and return their number. Photos are locked before rows that refer to them, as by all writers."""
    with transaction.atomic():
        photos = Photo.objects.filter(pk__in=lock_photos(keys))
        photos.released_together = True
        references = list(photos.values_list("file_id", "set_id"))
        # After the commit: bytes deleted before a rollback would be lost, and their photos are back.
        transaction.on_commit(lambda: release_files_and_sets(references))
        return photos.delete()[1].get("photos.Photo", 0)


def lock_photos(keys: list[int]) -> list[int]:
    """The keys of those photos that still exist, locked in the order of their keys."""
    photos = Photo.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    return list(photos.values_list("pk", flat=True))


@receiver(post_delete, sender=Photo)
def release_file(instance: Photo, origin: Any, **kwargs: Any) -> None:
    """Release the file and the set after any delete of a single photo, by the admin or a cascade too."""
    if not getattr(origin, "released_together", False):
        pair = (instance.file_id, instance.set_id)
        transaction.on_commit(lambda: release_files_and_sets([pair]))


def release_files_and_sets(references: Sequence[tuple[int, int]]) -> None:
    """Delete the files and sets that no photo refers to any more. `references` are keys of file and set."""
    release_files({file for file, _ in references})
    delete_empty_sets({together for _, together in references})


def delete_empty_sets(keys: set[int]) -> None:
    with transaction.atomic():
        sets = PhotoSet.objects.select_for_update().filter(pk__in=keys).order_by("pk")
        existing_keys = list(sets.values_list("pk", flat=True))
        PhotoSet.objects.filter(pk__in=existing_keys).exclude(Exists(Photo.objects.filter(set=OuterRef("pk")))).delete()
