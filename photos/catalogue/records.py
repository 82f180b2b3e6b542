"""The records of a manifest, one for each file of a job.

A manifest reaches the same people as the outputs, so it leaves out the metadata that the job strips from them.
"""

from collections.abc import Sequence
from typing import Any

from jobs import states
from jobs.models import Item, Job
from photos.imaging.operations.strip_metadata import StripMetadata
from photos.models import Photo

MANIFEST_COLUMNS = (
    "position", "path", "name", "output", "outcome", "error", "sha256", "output_sha256", "size", "output_size",
    "format", "output_format", "category", "kind", "text", "date", "camera", "latitude", "longitude",
)  # fmt: skip

PLACE_COLUMNS: dict[str, Any] = {"latitude": None, "longitude": None}
CAMERA_COLUMNS = {"camera": ""}
MAX_TEXT_CHARACTERS = 5_000


def build_records(job: Job, items: Sequence[Item], over: bool) -> list[dict[str, Any]]:
    """A record for each of these first-phase items, in their order.

    `over`: whether the job has ended, so that waiting items count as skipped.
    """
    photos = Photo.objects.select_related("file", "text").in_bulk([item.ref for item in items if item.ref])
    withheld = withheld_columns(job)
    return [build_record(item, photos.get(item.ref or 0), over) | withheld for item in items]


def withheld_columns(job: Job) -> dict[str, Any]:
    """Empty values for the columns that the job strips: place and camera. The date stays: catalogues group by it."""
    columns: dict[str, Any] = {}
    for step in job.spec.get("steps", ()):
        if step["operation"] == StripMetadata.name:
            place_alone = step.get("options", {}).get("only") == "gps"
            columns |= PLACE_COLUMNS if place_alone else PLACE_COLUMNS | CAMERA_COLUMNS
    return columns


def build_record(item: Item, photo: Photo | None, over: bool) -> dict[str, Any]:
    """The record of an item; unknown values are empty texts or null."""
    return blank_record() | item_columns(item, over) | (photo_columns(photo) if photo else {})


def blank_record() -> dict[str, Any]:
    """A record with every column, all empty: null for numbers, an empty text for the rest."""
    return dict.fromkeys(MANIFEST_COLUMNS, "") | dict.fromkeys(("size", "output_size", "latitude", "longitude"))


def item_columns(item: Item, over: bool) -> dict[str, Any]:
    """The columns about the item and its output; in a job that is over, a waiting item was skipped."""
    skipped = over and item.status == states.WAITING
    columns = {
        "position": item.position,
        "name": item.name,
        "outcome": states.SKIPPED if skipped else item.status,
        "error": item.error,
    }
    result = item.result or {}
    if "file" not in result:
        return columns
    return columns | {
        "path": result.get("path", ""),
        "output": result["name"],
        "output_format": result["format"],
        "output_sha256": result.get("sha256", ""),
        "output_size": result["size"],
        "size": result.get("source_size"),
    }


def photo_columns(photo: Photo) -> dict[str, Any]:
    """The columns about the original, from the library."""
    file = photo.file
    return {
        "path": photo.path,
        "name": photo.name,
        "sha256": file.sha256,
        "size": file.size,
        "format": photo.format,
        "category": photo.category,
        "kind": photo.kind,
        "text": text_excerpt(photo),
        "date": photo.taken.isoformat() if photo.taken else "",
        "camera": file.camera,
        "latitude": file.latitude,
        "longitude": file.longitude,
    }


def text_excerpt(photo: Photo) -> str:
    """The beginning of a document's text: a spreadsheet cell holds 32,767 characters, a book more."""
    return photo.text.text[:MAX_TEXT_CHARACTERS] if hasattr(photo, "text") else ""


def group_key(record: dict[str, Any]) -> tuple[str, str]:
    """Category and day (YYYY-MM-DD); an empty text for a missing one."""
    return record["category"], record["date"][:10]


def sort_key(record: dict[str, Any]) -> tuple[Any, ...]:
    """A key by category, day and path in the library; records without a category or day come last."""
    category, day = group_key(record)
    return (
        not category, category.casefold(), category, not day, day,
        record["path"].casefold(), record["name"].casefold(), record["position"],
    )  # fmt: skip
