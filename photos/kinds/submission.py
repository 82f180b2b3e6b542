"""Checks the submit of a job about photos: the selection and the steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Max

from jobs.errors import field_refusal
from jobs.kinds import MAX_TITLE_CHARACTERS, Submission
from jobs.sources import Rows, Select, SelectedRows, Source
from jobs.text import as_uuid
from jobs.wording import quantity, too_long
from photos.files import names
from photos.imaging.operations import Step
from photos.kinds import delivery
from photos.library.disk_space import require_space_for_outputs
from photos.models import ImportedFile, Photo, Recipe
from photos.models.filters import require_object
from photos.models.photo import PhotoQuerySet
from photos.recipes import steps

MAX_PHOTO_IDS = 10_000
PHASE_LABELS = {"classify": "Classify", "catalogue": "Catalogue"}
OPTIONAL_PHASES = tuple(PHASE_LABELS)  # after "process", in this order


@dataclass(frozen=True)
class Selection:
    """Selected photos, as the job's spec stores them: constant in size unless it is a list of ids."""

    spec: dict[str, Any]
    total: int


def process_submission(data: dict[str, Any], owner: Any, selection: Selection | None = None) -> Submission:
    """Check a submit of the kind "process", for `selection` or else the photos that it names. Raises Refused."""
    optional = [name for name in OPTIONAL_PHASES if data.get(name)]
    folder = delivery.parse_folder(data)
    raw_steps = parse_steps(data, owner, may_be_empty=bool(optional))
    title = parse_title(data)
    selection = selection or select_photos(data, owner)
    parsed = steps.check_steps(raw_steps)
    if parsed:
        results = None if folder is None else settings.STOPBATH_RESULTS
        require_space_for_outputs(selected_photos(selection.spec), parsed, results)
    elif folder is not None and "catalogue" not in optional:
        raise field_refusal("deliver", "There would be no results: choose a step or a catalogue.")
    vision = (
        {"vision": settings.STOPBATH_VISION_MODEL} if "classify" in optional and settings.STOPBATH_VISION_URL else {}
    )
    delivery_spec = {} if folder is None else {delivery.PHASE_NAME: folder}
    if not title:
        subject = default_title(data, parsed, owner) or PHASE_LABELS[optional[0]]
        title = f"{subject}: {quantity(selection.total, 'photo')}"
    return Submission(
        title=title,
        spec={**selection.spec, "steps": raw_steps, **vision, **delivery_spec},
        phases=["process", *optional, *delivery_spec],
        total=selection.total,
    )


def reclassify_submission(data: dict[str, Any], owner: Any) -> Submission:
    """Check a submit of the kind "reclassify". Raises Refused."""
    if data.get("deliver"):
        raise field_refusal("deliver", "Only jobs of the kind process write results.")
    title = parse_title(data)
    selection = select_photos(data, owner)
    return Submission(
        title=title or f"Reclassify: {quantity(selection.total, 'photo')}",
        spec=selection.spec,
        phases=["classify", *(["catalogue"] if data.get("catalogue") else [])],
        total=selection.total,
    )


def parse_title(data: dict[str, Any]) -> str:
    """The title of a submit, in one line; empty without one. Raises Refused for a long one."""
    title = data.get("title") or ""
    if len(title) > MAX_TITLE_CHARACTERS:
        raise field_refusal("title", too_long("The title", MAX_TITLE_CHARACTERS))
    return one_line(title)


def one_line(text: str) -> str:
    """The text without line breaks, control characters and invisible characters."""
    return names.remove_invisible(" ".join(text.split())).strip()


def default_title(data: dict[str, Any], parsed: Sequence[Step], owner: Any) -> str:
    """A title for the steps: the name of the recipe with these steps, or else the labels of the operations."""
    if not parsed:
        return ""
    recipes = Recipe.objects.visible_to(owner)
    recipe = recipes.with_id(data.get("recipe")) or recipes.with_steps(parsed)
    labels = ", ".join(dict.fromkeys(step.operation.label for step in parsed))
    return (one_line(recipe.name) if recipe else "") or labels


def parse_steps(data: dict[str, Any], owner: Any, may_be_empty: bool) -> list[dict[str, Any]]:
    """The steps of the submit or of its recipe, as they were sent or saved. Raises Refused."""
    recipe = data.get("recipe")
    if recipe is not None and data.get("steps") not in (None, []):
        raise field_refusal("recipe", "Give steps or a recipe, not both.")
    raw_steps = data.get("steps", []) if recipe is None else recipe_steps(recipe, owner)
    parsed = steps.check_steps(raw_steps)
    if not parsed and not may_be_empty:
        raise field_refusal("steps", "Choose at least one step.")
    steps.require_own_photos(parsed, Photo.objects.visible_to(owner).files(steps.photo_ids(parsed)))
    return list(raw_steps)


def recipe_steps(recipe_id: object, owner: Any) -> Any:
    """The steps of a recipe that the user can see. Raises Refused."""
    recipe = Recipe.objects.visible_to(owner).with_id(recipe_id)
    if recipe is None:
        raise field_refusal("recipe", "There is no such recipe.")
    return recipe.steps


def select_photos(data: dict[str, Any], owner: Any) -> Selection:
    """The photos of a submit. Raises Refused if there are none, or one is missing or another user's."""
    photos, filter_data = data.get("photos"), {} if data.get("filter") is None else require_object(data["filter"])
    if photos == "all" or (photos is None and filter_data):
        return select_matching(filter_data, owner)
    if not isinstance(photos, list):
        raise field_refusal("photos", 'Give a list of ids, or "all".')
    if filter_data:
        raise field_refusal("filter", "Give ids or a filter, not both.")
    return select_by_ids(photos, owner)


def selection_source(spec: dict[str, Any]) -> Source:
    """The source of a job's items: photos by id, photos of an import, or photos that matched at the submit."""
    if "photos" in spec:
        return SelectedRows(spec["photos"], Photo.objects.all())
    if "import" in spec:
        return ImportedPhotos(spec["import"])
    return Rows(selected_photos(spec))


def selected_photos(spec: dict[str, Any]) -> PhotoQuerySet:
    """The selected photos of a spec as a query, without an order."""
    if "photos" in spec:
        return Photo.objects.filter(pk__in=spec["photos"])
    if "import" in spec:
        keys = ImportedFile.objects.filter(batch=spec["import"]).exclude(photo_key=None)
        return Photo.objects.filter(pk__in=keys.values("photo_key"))
    mine = Photo.objects.filter(owner_id=spec["owner"], pk__lte=spec["newest"])
    return mine.matching(spec["filter"])


def select_matching(filter_data: Any, owner: Any) -> Selection:
    """All photos of the user that match the filter now. Raises Refused."""
    photos = Photo.objects.visible_to(owner).matching(filter_data)
    numbers = photos.aggregate(newest=Max("pk"), total=Count("pk"))
    if not numbers["total"]:
        raise field_refusal("filter", "No photo matches.")
    # Keys grow: photos that are added from now on are not part of the job.
    return Selection({"filter": filter_data, "newest": numbers["newest"], "owner": owner.pk}, numbers["total"])


def select_by_ids(ids: list[Any], owner: Any) -> Selection:
    """The photos with these ids, in this order, each once. Raises Refused if there are none, or one does not exist."""
    if not ids:
        raise field_refusal("photos", "Choose at least one photo.")
    if len(ids) > MAX_PHOTO_IDS:
        raise field_refusal("photos", f'Give at most {MAX_PHOTO_IDS:,} ids; use "all" with a filter for more.')
    uuids = list(dict.fromkeys(map(as_uuid, ids)))
    mine = Photo.objects.visible_to(owner).filter(uuid__in=[uuid for uuid in uuids if uuid])
    keys_by_uuid = dict(mine.values_list("uuid", "pk"))
    keys = [keys_by_uuid[uuid] for uuid in uuids if uuid in keys_by_uuid]
    missing_count = len(uuids) - len(keys)
    if missing_count:
        raise field_refusal(
            "photos",
            "One of the photos does not exist." if missing_count == 1 else f"{missing_count:,} photos do not exist.",
        )
    return Selection({"photos": keys}, len(keys))


@dataclass(frozen=True)
class ImportedPhotos(Source):
    """The photos that an import added or found, each once, in the order of its files."""

    batch: int

    def count(self) -> int:
        files = ImportedFile.objects.filter(batch=self.batch)
        return files.aggregate(n=Count("photo_key", distinct=True))["n"] or 0

    def select(self, after: int, limit: int) -> Select:
        sql = (
            "SELECT place, photo_key, name FROM ("
            " SELECT row_number() OVER (ORDER BY MIN(file.id)) AS place, file.photo_key AS photo_key,"
            " COALESCE(MIN(photo.name), 'deleted') AS name"
            " FROM photos_importedfile AS file LEFT JOIN photos_photo AS photo ON photo.id = file.photo_key"
            " WHERE file.batch_id = %s AND file.photo_key IS NOT NULL GROUP BY file.photo_key"
            ") AS numbered WHERE place > %s ORDER BY place LIMIT %s"
        )
        return sql, (self.batch, after, limit)


def select_imported(batch: int) -> Selection:
    """The photos that an import added or found. Raises Refused if there are none."""
    total = ImportedPhotos(batch).count()
    if not total:
        raise field_refusal("photos", "None of the files could be imported.")
    return Selection({"import": batch}, total)
