"""What a manifest says of each file of a job.

It goes to the same people as the outputs, so what a job strips from these, it does not tell either.
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
    """A record for each of these items of the first phase, in their order; `over`: what waits counts as skipped."""
    photos = Photo.objects.select_related("file", "text").in_bulk([item.ref for item in items if item.ref])
    withheld = withheld_columns(job)
    return [build_record(item, photos.get(item.ref or 0), over) | withheld for item in items]


def withheld_columns(job: Job) -> dict[str, Any]:
    """The columns that stay empty because the job strips what they would tell; the date stays, catalogues have it."""
    found: dict[str, Any] = {}
    for step in job.spec.get("steps", ()):
        if step["operation"] == StripMetadata.name:
            place_alone = step.get("options", {}).get("only") == "gps"
            found |= PLACE_COLUMNS if place_alone else PLACE_COLUMNS | CAMERA_COLUMNS
    return found


def build_record(item: Item, photo: Photo | None, over: bool) -> dict[str, Any]:
    """What is known of a file; what nobody knows is an empty text or null."""
    return blank_record() | item_columns(item, over) | (photo_columns(photo) if photo else {})


def blank_record() -> dict[str, Any]:
    """A record with every column, all empty: null for numbers, an empty text for the rest."""
    return dict.fromkeys(MANIFEST_COLUMNS, "") | dict.fromkeys(("size", "output_size", "latitude", "longitude"))


def item_columns(item: Item, over: bool) -> dict[str, Any]:
    """What became of the file; what waits in a job that is over was skipped."""
    skipped = over and item.status == states.WAITING
    told = {
        "position": item.position,
        "name": item.name,
        "outcome": states.SKIPPED if skipped else item.status,
        "error": item.error,
    }
    made = item.result or {}
    if "file" not in made:
        return told
    return told | {
        "path": made.get("path", ""),
        "output": made["name"],
        "output_format": made["format"],
        "output_sha256": made.get("sha256", ""),
        "output_size": made["size"],
        "size": made.get("source_size"),
    }


def photo_columns(photo: Photo) -> dict[str, Any]:
    """What the library knows of the original."""
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
    """The beginning of what stands in a document: a book would fill the manifest, and a cell holds 32,767 letters."""
    return photo.text.text[:MAX_TEXT_CHARACTERS] if hasattr(photo, "text") else ""


def group_key(record: dict[str, Any]) -> tuple[str, str]:
    """Category and day; an empty text where there is none."""
    return record["category"], record["date"][:10]


def sort_key(record: dict[str, Any]) -> tuple[Any, ...]:
    """Grouped by category, then by day, then by place in the library; what has none comes last."""
    category, day = group_key(record)
    return (
        not category, category.casefold(), category, not day, day,
        record["path"].casefold(), record["name"].casefold(), record["position"],
    )  # fmt: skip
